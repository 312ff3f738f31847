-- The hot rows of the site-days in seal_days become sealed rows. Runs inside one transaction (docs/storage.md).
-- Everywhere the order of activity is (ts, log_offset): total, and the same on every copy.

-- The activity of those days with visits made afresh: a visitor's silence of 30 minutes ends a visit. A fresh visit
-- has the number of its first hit, so that one which crosses midnight is the same visit on both days.
CREATE OR REPLACE TEMP TABLE seal_rows AS
WITH activity AS (
  SELECT site, day, ts, log_offset, visit, visitor, late, page, true AS is_view FROM hot_hits SEMI JOIN seal_days USING (site, day)
  UNION ALL
  SELECT site, day, ts, log_offset, visit, visitor, late, page, false FROM hot_events SEMI JOIN seal_days USING (site, day)),
gaps AS (
  SELECT *, coalesce(epoch_ms(ts) - epoch_ms(lag(ts) OVER (PARTITION BY site, day, visitor ORDER BY ts, log_offset))
                     >= 30 * 60 * 1000, true) AS opens
  FROM activity)
SELECT site, day, ts, log_offset, visitor, late, page, is_view, visit AS hot_visit,
       last_value(CASE WHEN opens THEN visit END IGNORE NULLS) OVER (
         PARTITION BY site, day, visitor ORDER BY ts, log_offset
         ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS visit
FROM gaps;

-- Hashes become ordinals, in order of first appearance.
CREATE OR REPLACE TEMP TABLE seal_visitors AS
WITH first_seen AS (
  SELECT site, day, visitor, min(ts) AS ts, min(log_offset) AS log_offset FROM seal_rows GROUP BY site, day, visitor)
SELECT f.site, f.day, f.visitor,
       (coalesce(n.vd, 0) + row_number() OVER (PARTITION BY f.site ORDER BY f.day, f.ts, f.log_offset))::UINTEGER AS vd
FROM first_seen f LEFT JOIN numbers n ON n.site = f.site;

-- One row per visit that these days touch, with the row that opened it.
CREATE OR REPLACE TEMP TABLE seal_visits AS
SELECT site, visit, min(ts) AS start,
       arg_min(day, epoch_ms(ts)::HUGEINT * 18446744073709551616 + log_offset) AS day,
       arg_min(log_offset, epoch_ms(ts)::HUGEINT * 18446744073709551616 + log_offset) AS opened_by,
       arg_min(visitor, epoch_ms(ts)::HUGEINT * 18446744073709551616 + log_offset) AS visitor,
       bool_or(late) AS late
FROM seal_rows GROUP BY site, visit;

-- Visits that began on a day sealed before.
CREATE OR REPLACE TEMP TABLE seal_crossing AS
SELECT site, visit, vd, day FROM sealed_visits
SEMI JOIN (SELECT v.site, v.visit FROM seal_visits v JOIN numbers n ON n.site = v.site AND v.visit <= n.visit) old
USING (site, visit);

-- What each touched visit amounts to, with its sealed part before and its hot part after these days.
CREATE OR REPLACE TEMP TABLE seal_sums AS
WITH activity AS (
  SELECT site, visit, ts, log_offset, page, is_view FROM seal_rows
  UNION ALL
  SELECT site, visit, ts, 0, page, true FROM sealed_hits SEMI JOIN seal_crossing USING (site, visit)
  UNION ALL
  SELECT site, visit, ts, 0, page, false FROM sealed_events SEMI JOIN seal_crossing USING (site, visit)
  UNION ALL
  SELECT site, visit, ts, log_offset, page, true FROM hot_hits SEMI JOIN seal_visits USING (site, visit)
  ANTI JOIN seal_days USING (site, day)
  UNION ALL
  SELECT site, visit, ts, log_offset, page, false FROM hot_events SEMI JOIN seal_visits USING (site, visit)
  ANTI JOIN seal_days USING (site, day))
SELECT site, visit,
       least(count(*) FILTER (is_view), 65535)::USMALLINT AS pageviews,
       least(count(*) FILTER (NOT is_view), 65535)::USMALLINT AS events,
       ((epoch_ms(max(ts)) - epoch_ms(min(ts))) // 1000)::UINTEGER AS duration,
       arg_max(page, epoch_ms(ts)::HUGEINT * 18446744073709551616 + log_offset) AS exit_page
FROM activity GROUP BY site, visit;

-- Rows of sealed_visits to be, still without bits: new visits, and all visits of the visitors whose crossing visits
-- grew (their exit bits may move).
CREATE OR REPLACE TEMP TABLE seal_visit_rows AS
WITH opening AS (
  SELECT log_offset, page, hostname, referrer_host, referrer_path, source, channel, utm_source, utm_medium,
         utm_campaign, utm_term, utm_content, viewport_width, viewport_height, tracker
  FROM hot_hits SEMI JOIN seal_days USING (site, day)
  UNION ALL
  SELECT log_offset, page, hostname, referrer_host, referrer_path, source, channel, utm_source, utm_medium,
         utm_campaign, utm_term, utm_content, viewport_width, viewport_height, tracker
  FROM hot_events SEMI JOIN seal_days USING (site, day))
SELECT v.site, v.day, v.start, v.visit, n.vd, a.pageviews, a.events, a.duration, o.page AS entry_page, a.exit_page,
       v.late, o.hostname, o.referrer_host, o.referrer_path, o.source, o.channel,
       o.utm_source, o.utm_medium, o.utm_campaign, o.utm_term, o.utm_content,
       p.browser, p.browser_major, p.os, p.device, p.language, p.country, p.screen,
       o.viewport_width, o.viewport_height, o.tracker
FROM seal_visits v ANTI JOIN seal_crossing c ON c.site = v.site AND c.visit = v.visit
JOIN seal_sums a ON a.site = v.site AND a.visit = v.visit
JOIN seal_visitors n ON n.site = v.site AND n.day = v.day AND n.visitor = v.visitor
JOIN hot_visitors p ON p.site = v.site AND p.day = v.day AND p.visitor = v.visitor
JOIN opening o ON o.log_offset = v.opened_by
UNION ALL
SELECT s.site, s.day, s.start, s.visit, s.vd, coalesce(a.pageviews, s.pageviews), coalesce(a.events, s.events),
       coalesce(a.duration, s.duration), s.entry_page, coalesce(a.exit_page, s.exit_page), s.late,
       s.hostname, s.referrer_host, s.referrer_path, s.source, s.channel,
       s.utm_source, s.utm_medium, s.utm_campaign, s.utm_term, s.utm_content,
       s.browser, s.browser_major, s.os, s.device, s.language, s.country, s.screen,
       s.viewport_width, s.viewport_height, s.tracker
FROM sealed_visits s SEMI JOIN seal_crossing c ON c.site = s.site AND c.vd = s.vd
LEFT JOIN seal_sums a ON a.site = s.site AND a.visit = s.visit;

-- Page views, before their visits change: a page that the crossing visit saw yesterday is not new today.
INSERT INTO sealed_hits
WITH seen AS (
  SELECT DISTINCT site, visit, page, true AS known FROM sealed_hits SEMI JOIN seal_crossing USING (site, visit)),
numbered AS (
  SELECT r.site, r.ts, r.log_offset, r.visit, n.vd, r.page,
         row_number() OVER (PARTITION BY r.site, r.visit, r.page ORDER BY r.ts, r.log_offset) AS in_visit,
         row_number() OVER (PARTITION BY r.site, n.vd, r.page ORDER BY r.ts, r.log_offset) AS in_day
  FROM seal_rows r JOIN seal_visitors n ON n.site = r.site AND n.day = r.day AND n.visitor = r.visitor
  WHERE r.is_view)
SELECT h.site, h.ts, h.visit, h.vd, h.page,
       (CASE WHEN in_visit = 1 AND s.known IS NULL THEN 1 ELSE 0 END
        + CASE WHEN in_day = 1 THEN 2 ELSE 0 END)::UTINYINT
FROM numbered h LEFT JOIN seen s ON s.site = h.site AND s.visit = h.visit AND s.page = h.page
ORDER BY h.site, h.ts, h.log_offset;

INSERT INTO sealed_events
SELECT r.site, r.ts, r.visit, n.vd, r.page, e.name, e.properties
FROM seal_rows r
JOIN seal_visitors n ON n.site = r.site AND n.day = r.day AND n.visitor = r.visitor
JOIN hot_events e ON e.log_offset = r.log_offset
WHERE NOT r.is_view
ORDER BY r.site, r.ts, r.log_offset;

DELETE FROM sealed_visits USING seal_crossing c WHERE sealed_visits.site = c.site AND sealed_visits.vd = c.vd;

INSERT INTO sealed_visits
SELECT site, day, start, visit, vd,
       (CASE WHEN row_number() OVER (PARTITION BY site, vd ORDER BY start, visit) = 1 THEN 1 ELSE 0 END
        + CASE WHEN row_number() OVER (PARTITION BY site, vd, channel ORDER BY start, visit) = 1 THEN 2 ELSE 0 END
        + CASE WHEN row_number() OVER (PARTITION BY site, vd, source ORDER BY start, visit) = 1 THEN 4 ELSE 0 END
        + CASE WHEN row_number() OVER (PARTITION BY site, vd, referrer_host, referrer_path ORDER BY start, visit) = 1
               THEN 8 ELSE 0 END
        + CASE WHEN row_number() OVER (PARTITION BY site, vd, entry_page ORDER BY start, visit) = 1 THEN 16 ELSE 0 END
        + CASE WHEN row_number() OVER (PARTITION BY site, vd, exit_page ORDER BY start, visit) = 1 THEN 32 ELSE 0 END
       )::UTINYINT AS bits,
       pageviews, events, duration, entry_page, exit_page, late, hostname, referrer_host, referrer_path, source,
       channel, utm_source, utm_medium, utm_campaign, utm_term, utm_content, browser, browser_major, os, device,
       language, country, screen, viewport_width, viewport_height, tracker
FROM seal_visit_rows
ORDER BY site, start, visit;

CREATE OR REPLACE TEMP TABLE seal_changed AS
SELECT c.site, c.day, coalesce(s.seal, 0) + 1 AS seal
FROM (SELECT DISTINCT site, day FROM seal_rows UNION SELECT DISTINCT site, day FROM seal_crossing) c
LEFT JOIN sealed_days s ON s.site = c.site AND s.day = c.day;
DELETE FROM sealed_days USING seal_changed c WHERE sealed_days.site = c.site AND sealed_days.day = c.day;
INSERT INTO sealed_days SELECT site, day, seal::UINTEGER FROM seal_changed ORDER BY site, day;

CREATE OR REPLACE TEMP TABLE seal_numbers AS
SELECT v.site, greatest(coalesce(n.visit, 0), v.visit) AS visit, w.vd
FROM (SELECT site, max(hot_visit) AS visit FROM seal_rows GROUP BY site) v
JOIN (SELECT site, max(vd) AS vd FROM seal_visitors GROUP BY site) w ON w.site = v.site
LEFT JOIN numbers n ON n.site = v.site;
DELETE FROM numbers WHERE site IN (SELECT site FROM seal_numbers);
INSERT INTO numbers SELECT site, visit, vd FROM seal_numbers ORDER BY site;

CREATE OR REPLACE TEMP TABLE seal_months AS
SELECT m.month, coalesce(s.sorted, 0) AS sorted, coalesce(s.appended, 0) + m.count AS appended
FROM (SELECT date_trunc('month', ts)::DATE AS month, count(*) AS count FROM seal_rows GROUP BY ALL) m
LEFT JOIN sealed_months s ON s.month = m.month;
DELETE FROM sealed_months WHERE month IN (SELECT month FROM seal_months);
INSERT INTO sealed_months SELECT month, sorted::UBIGINT, appended::UBIGINT FROM seal_months ORDER BY month;

DELETE FROM hot_hits USING seal_days d WHERE hot_hits.site = d.site AND hot_hits.day = d.day;
DELETE FROM hot_events USING seal_days d WHERE hot_events.site = d.site AND hot_events.day = d.day;
DELETE FROM hot_visits USING seal_days d WHERE hot_visits.site = d.site AND hot_visits.day = d.day;
DELETE FROM hot_visitors USING seal_days d WHERE hot_visitors.site = d.site AND hot_visitors.day = d.day;

DROP TABLE seal_rows;
DROP TABLE seal_visitors;
DROP TABLE seal_visits;
DROP TABLE seal_crossing;
DROP TABLE seal_sums;
DROP TABLE seal_visit_rows;
DROP TABLE seal_changed;
DROP TABLE seal_numbers;
DROP TABLE seal_months;
DELETE FROM seal_days;
