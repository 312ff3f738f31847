INSERT INTO sealed_hits
SELECT site, ts, visit, vd, page, n, bits, 0, 0 FROM activity WHERE is_view
ORDER BY date_trunc('month', ts), site, ts, visit, n;
INSERT INTO sealed_events
SELECT a.site, a.ts, a.visit, a.vd, a.page, a.n, coalesce(e.id, 0)
FROM activity a LEFT JOIN ids e ON e.kind = 15 AND e.site = a.site AND e.old = a.name
WHERE NOT a.is_view
ORDER BY date_trunc('month', a.ts), a.site, a.ts, a.visit, a.n;
INSERT INTO moved
SELECT a.site, coalesce(e.id, 0), k.id, a.ts, a.visit, a.vd, a.n, coalesce(v.id, 0), t.number
FROM activity a JOIN told t ON t.json = a.properties
JOIN words k ON k.kind = 19 AND k.site = a.site AND k.text = t.key
LEFT JOIN words v ON v.kind = 20 AND v.site = a.site AND v.text = t.value
LEFT JOIN ids e ON e.kind = 15 AND e.site = a.site AND e.old = a.name
WHERE NOT a.is_view;
