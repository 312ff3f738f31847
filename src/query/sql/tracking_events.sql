SELECT max(ts) FROM (SELECT ts FROM hot_events WHERE site = $1 UNION ALL SELECT ts FROM sealed_events WHERE site = $1)
