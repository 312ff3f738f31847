-- The pairs of texts of a site's visits which together are as a filter says.
INSERT INTO picked_pairs
SELECT {{pick}}, pair.first, pair.second
FROM (SELECT {{first}} AS first, {{second}} AS second FROM sealed_visits WHERE site = {{site}}
      UNION SELECT {{first}}, {{second}} FROM hot_visits_opened WHERE site = {{site}}) pair
LEFT JOIN texts a ON a.site = {{first_site}} AND a.kind = {{first_kind}} AND a.id = pair.first
LEFT JOIN texts b ON b.site = {{second_site}} AND b.kind = {{second_kind}} AND b.id = pair.second
CROSS JOIN LATERAL (SELECT coalesce(a.text, '') || CASE WHEN b.text IS NULL THEN '' ELSE {{between}} || b.text END AS text) whole
WHERE {{test}}
