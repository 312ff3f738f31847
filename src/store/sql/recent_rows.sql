-- Whose visits have activity after the horizon $1, and when.
SELECT site, day, vd, visit, ts, log_offset FROM hot_hits WHERE ts > $1
UNION ALL
SELECT site, day, vd, visit, ts, log_offset FROM hot_events WHERE ts > $1
