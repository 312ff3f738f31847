INSERT INTO used
SELECT DISTINCT {{kind}}, site, {{column}}
FROM (SELECT site, {{column}} FROM earlier.sealed_visits
      UNION ALL SELECT site, {{column}} FROM earlier.hot_visits
      UNION ALL SELECT site, {{column}} FROM earlier.hot_hits
      UNION ALL SELECT site, {{column}} FROM earlier.hot_events)
WHERE {{column}} <> 0
