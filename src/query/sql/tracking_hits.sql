SELECT min(ts), max(ts) FROM (SELECT ts FROM hot_hits WHERE site = $1 UNION ALL SELECT ts FROM sealed_hits WHERE site = $1)
