-- A referrer's root is no path any more.
DELETE FROM used WHERE (kind, old) IN (SELECT kind, old FROM respelled WHERE text = '');

-- Each site's own ids, in the order of the earlier ones, which is that of the log. Texts that are spelled alike now are one.
CREATE TEMP TABLE ids AS
WITH spelled AS (
  SELECT t.kind, t.id AS old, coalesce(r.text, t.text) AS text
  FROM earlier.texts t LEFT JOIN respelled r ON r.kind = t.kind AND r.old = t.id
  WHERE t.id <> 0),
alike AS (
  SELECT s.kind, s.old, min(s.old) OVER (PARTITION BY s.kind, s.text) AS first
  FROM spelled s SEMI JOIN respelled r ON r.kind = s.kind AND r.text = s.text)
SELECT u.kind, u.site, u.old,
       (dense_rank() OVER (PARTITION BY u.kind, u.site ORDER BY coalesce(a.first, u.old)))::UINTEGER AS id
FROM used u LEFT JOIN alike a ON a.kind = u.kind AND a.old = u.old
ORDER BY u.kind, u.site, u.old;
DROP TABLE used;

INSERT INTO texts
SELECT site, kind, id, text
FROM (SELECT 0::UINTEGER AS site, kind, id, text FROM earlier.texts WHERE id <> 0 AND kind IN (10, 11, 12, 13, 14)
      UNION ALL
      SELECT i.site, i.kind, i.id, any_value(coalesce(r.text, t.text))
      FROM ids i JOIN earlier.texts t ON t.kind = i.kind AND t.id = i.old
      LEFT JOIN respelled r ON r.kind = i.kind AND r.old = i.old
      GROUP BY i.site, i.kind, i.id)
ORDER BY site, kind, id;

-- Bits say what is first of its day and visit. Where spellings became one they are found anew: the page views of such a
-- page, and the visits of whoever began, ended or came from one.
CREATE TEMP TABLE first_views AS
SELECT place, ((CASE WHEN in_visit = 1 THEN 1 ELSE 0 END) + (CASE WHEN in_day = 1 THEN 2 ELSE 0 END))::UTINYINT AS bits
FROM (SELECT h.rowid AS place,
             row_number() OVER (PARTITION BY h.site, h.visit, p.id ORDER BY h.ts, h.rowid) AS in_visit,
             row_number() OVER (PARTITION BY h.site, h.vd, p.id ORDER BY h.ts, h.rowid) AS in_day
      FROM earlier.sealed_hits h JOIN ids p ON p.kind = 0 AND p.site = h.site AND p.old = h.page
      SEMI JOIN (SELECT i.site, i.id FROM ids i SEMI JOIN respelled r ON r.kind = 0 AND i.kind = 0 AND r.old = i.old) one
      ON one.site = h.site AND one.id = p.id);
CREATE TEMP TABLE first_visits AS
SELECT DISTINCT site, vd FROM earlier.sealed_visits
WHERE entry_page IN (SELECT old FROM respelled WHERE kind = 0) OR exit_page IN (SELECT old FROM respelled WHERE kind = 0)
      OR referrer_path IN (SELECT old FROM respelled WHERE kind = 3);

-- Keys and values of properties were no texts of the dictionary: they get ids in the order of time.
CREATE TEMP TABLE said AS
SELECT e.site, t.key, t.value, min(e.ts) AS ts
FROM (SELECT site, ts, properties FROM earlier.sealed_events UNION ALL SELECT site, ts, properties FROM earlier.hot_events) e
JOIN told t ON t.json = e.properties
GROUP BY e.site, t.key, t.value;
CREATE TEMP TABLE words AS
SELECT site, kind, (row_number() OVER (PARTITION BY site, kind ORDER BY min(ts), text))::UINTEGER AS id, text
FROM (SELECT site, 19::UTINYINT AS kind, key AS text, ts FROM said
      UNION ALL SELECT site, 20, value, ts FROM said WHERE value IS NOT NULL)
GROUP BY site, kind, text;
DROP TABLE said;
INSERT INTO texts SELECT site, kind, id, text FROM words ORDER BY site, kind, id;

-- Properties of sealed events as they are moved, until all are there: their bits need a whole day.
CREATE TEMP TABLE moved (site UINTEGER, name UINTEGER, key UINTEGER, ts TIMESTAMP_MS, visit UINTEGER, vd UINTEGER,
                         n UINTEGER, value UINTEGER, number BIGINT);
