SELECT DISTINCT properties
FROM (SELECT properties FROM earlier.sealed_events UNION ALL SELECT properties FROM earlier.hot_events)
WHERE properties <> ''
