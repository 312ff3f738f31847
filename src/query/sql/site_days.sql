-- The sealed days of a site and how often each was sealed or changed; with null the first and the last day of hot rows. With
-- each when rows of the site were erased last: a place in the log.
SELECT day, seal, (SELECT coalesce(max(log_offset), 0) FROM erased WHERE site = $1)::UBIGINT
FROM sealed_days WHERE site = $1
UNION ALL
SELECT unnest([min(day), max(day)]), NULL, 0::UBIGINT
FROM (SELECT day FROM hot_hits WHERE site = $1
      UNION ALL SELECT day FROM hot_visits WHERE site = $1
      UNION ALL SELECT day FROM hot_events WHERE site = $1)
HAVING min(day) IS NOT NULL
