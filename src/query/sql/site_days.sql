-- Which days of a site are sealed, and which have hot rows: first and last of each.
SELECT (SELECT min(day) FROM sealed_days WHERE site = $1), (SELECT max(day) FROM sealed_days WHERE site = $1),
       min(day), max(day)
FROM (SELECT day FROM hot_hits WHERE site = $1
      UNION ALL SELECT day FROM hot_visits WHERE site = $1
      UNION ALL SELECT day FROM hot_events WHERE site = $1)
