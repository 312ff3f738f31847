-- The networks of a site's visits ($1).
SELECT DISTINCT asn
FROM (SELECT asn FROM sealed_visits WHERE site = $1 UNION ALL SELECT asn FROM hot_visitors WHERE site = $1)
WHERE asn <> 0
