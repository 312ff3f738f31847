-- Views and events from $1 on, before $2, each with its place in its visit, which may have begun before.
CREATE OR REPLACE TEMP TABLE activity AS
WITH crossing AS (
  SELECT site, visit, start FROM earlier.sealed_visits WHERE start < $1 AND start + to_seconds(duration + 1) >= $1),
before AS (
  SELECT site, visit, count(*) AS n
  FROM (SELECT site, visit, ts FROM earlier.sealed_hits UNION ALL SELECT site, visit, ts FROM earlier.sealed_events)
  SEMI JOIN crossing USING (site, visit)
  WHERE ts < $1 AND ts >= (SELECT min(start) FROM crossing)
  GROUP BY site, visit),
activity AS (
  SELECT h.site, h.ts, h.visit, h.vd, h.page, coalesce(f.bits, h.bits) AS bits, true AS is_view, 0::UINTEGER AS name,
         '' AS properties, h.rowid AS place
  FROM earlier.sealed_hits h LEFT JOIN first_views f ON f.place = h.rowid
  WHERE h.ts >= $1 AND h.ts < $2
  UNION ALL
  SELECT site, ts, visit, vd, page, 0, false, name, properties, rowid
  FROM earlier.sealed_events WHERE ts >= $1 AND ts < $2)
SELECT a.site, a.ts, a.visit, a.vd, coalesce(p.id, 0) AS page, a.bits, a.is_view, a.name, a.properties,
       (coalesce(b.n, 0) + row_number() OVER (PARTITION BY a.site, a.visit
                                              ORDER BY a.ts, NOT a.is_view, a.place))::UINTEGER AS n
FROM activity a LEFT JOIN before b ON b.site = a.site AND b.visit = a.visit
LEFT JOIN ids p ON p.kind = 0 AND p.site = a.site AND p.old = a.page
