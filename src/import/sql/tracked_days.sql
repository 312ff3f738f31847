-- Days of a site that were counted as they happened.
SELECT DISTINCT day FROM (
  SELECT site, day, import FROM sealed_visits UNION ALL SELECT site, day, import FROM hot_visits)
WHERE site = $1 AND import = 0 ORDER BY day
