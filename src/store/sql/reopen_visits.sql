-- What ended after the horizon $1 goes on once the clock was set back.
DELETE FROM hot_closed WHERE ended > $1
