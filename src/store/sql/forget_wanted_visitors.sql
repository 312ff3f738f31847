DELETE FROM wanted_visitors
