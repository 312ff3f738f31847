-- Visits with activity since an instant. Visits, not hashes: around midnight a visitor has two.
SELECT count(DISTINCT visit)
FROM (SELECT visit FROM hot_hits WHERE site = $1 AND ts >= $2
      UNION ALL SELECT visit FROM hot_events WHERE site = $1 AND ts >= $2 AND visit <> 0)
