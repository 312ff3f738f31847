(SELECT * FROM hot_vitals
 QUALIFY id = 0 OR row_number() OVER (PARTITION BY site, visit, metric, id ORDER BY log_offset DESC) = 1)