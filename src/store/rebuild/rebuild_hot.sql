-- Hashes become ordinals, behind those of sealed visitors. Which is which goes into the map of visitors.
CREATE TEMP TABLE ordinals AS
SELECT f.site, f.day, f.visitor, f.log_offset, f.visit,
       (coalesce(n.vd, 0) + row_number() OVER (PARTITION BY f.site ORDER BY f.log_offset, f.day, f.visitor))::UINTEGER AS vd
FROM (SELECT site, day, visitor, min(log_offset) AS log_offset, arg_min(visit, log_offset) AS visit
      FROM (SELECT site, day, visitor, log_offset, visit FROM earlier.hot_hits
            UNION ALL
            SELECT site, day, visitor, log_offset, visit FROM earlier.hot_events)
      GROUP BY site, day, visitor) f
LEFT JOIN earlier.numbers n ON n.site = f.site;

INSERT INTO hot_hits BY NAME
SELECT v.log_offset, v.site, v.ts, v.day, v.visit, o.vd, coalesce(page.id, 0) AS page, {{own}}
FROM earlier.hot_hits v
JOIN ordinals o ON o.site = v.site AND o.day = v.day AND o.visitor = v.visitor
LEFT JOIN ids page ON page.kind = 0 AND page.site = v.site AND page.old = v.page
{{text_joins}}
ORDER BY v.log_offset;
INSERT INTO hot_events BY NAME
SELECT v.log_offset, v.site, v.ts, v.day, v.visit, o.vd, coalesce(page.id, 0) AS page, coalesce(name.id, 0) AS name,
       {{own}}
FROM earlier.hot_events v
JOIN ordinals o ON o.site = v.site AND o.day = v.day AND o.visitor = v.visitor
LEFT JOIN ids page ON page.kind = 0 AND page.site = v.site AND page.old = v.page
LEFT JOIN ids name ON name.kind = 15 AND name.site = v.site AND name.old = v.name
{{text_joins}}
ORDER BY v.log_offset;
INSERT INTO hot_visits BY NAME
SELECT v.site, v.day, v.start, v.visit, o.vd, CASE WHEN o.visit = v.visit THEN {{first_visit}} ELSE 0 END AS bits,
       coalesce(page.id, 0) AS entry_page, CASE WHEN v.late THEN 65535 ELSE 0 END AS import, opened.log_offset
FROM earlier.hot_visits v
JOIN ordinals o ON o.site = v.site AND o.day = v.day AND o.visitor = v.visitor
JOIN (SELECT site, visit, min(log_offset) AS log_offset
      FROM (SELECT site, visit, log_offset FROM hot_hits UNION ALL SELECT site, visit, log_offset FROM hot_events)
      GROUP BY site, visit) opened ON opened.site = v.site AND opened.visit = v.visit
LEFT JOIN ids page ON page.kind = 0 AND page.site = v.site AND page.old = v.entry_page
ORDER BY v.start, v.site, v.visit;
INSERT INTO hot_visitors BY NAME
SELECT v.site, v.day, o.vd, o.log_offset, v.browser, v.browser_major, v.os, v.device, v.language, v.country,
       coalesce(s.size_class, 0) AS size_class, 0 AS browser_version, 0 AS os_version, 0 AS city, 0 AS asn
FROM earlier.hot_visitors v
JOIN ordinals o ON o.site = v.site AND o.day = v.day AND o.visitor = v.visitor
LEFT JOIN sizes s ON s.screen = v.screen
ORDER BY o.log_offset, v.site, o.vd;
INSERT INTO hot_event_texts BY NAME
SELECT h.log_offset, h.site, coalesce(e.id, 0) AS name, k.id AS key, h.ts, h.day, h.visit, o.vd, v.id AS value
FROM earlier.hot_events h
JOIN ordinals o ON o.site = h.site AND o.day = h.day AND o.visitor = h.visitor
JOIN told t ON t.json = h.properties AND t.number IS NULL
JOIN words k ON k.kind = 19 AND k.site = h.site AND k.text = t.key
LEFT JOIN words v ON v.kind = 20 AND v.site = h.site AND v.text = t.value
LEFT JOIN ids e ON e.kind = 15 AND e.site = h.site AND e.old = h.name
ORDER BY h.log_offset, k.id;
INSERT INTO hot_event_numbers BY NAME
SELECT h.log_offset, h.site, coalesce(e.id, 0) AS name, k.id AS key, h.ts, h.day, h.visit, o.vd, t.number
FROM earlier.hot_events h
JOIN ordinals o ON o.site = h.site AND o.day = h.day AND o.visitor = h.visitor
JOIN told t ON t.json = h.properties AND t.number IS NOT NULL
JOIN words k ON k.kind = 19 AND k.site = h.site AND k.text = t.key
LEFT JOIN words v ON v.kind = 20 AND v.site = h.site AND v.text = t.value
LEFT JOIN ids e ON e.kind = 15 AND e.site = h.site AND e.old = h.name
ORDER BY h.log_offset, k.id;
