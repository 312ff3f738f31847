-- Rows of the visitors' days that stayed hot when their day was sealed (seal.sql).
SELECT site, day, vd, count(*)
FROM (SELECT site, day, vd FROM hot_hits UNION ALL SELECT site, day, vd FROM hot_events)
SEMI JOIN (SELECT site, day, vd FROM hot_visitors SEMI JOIN sealed_days USING (site, day) WHERE log_offset = 0) left_hot
USING (site, day, vd)
GROUP BY site, day, vd
