-- The hot rows of the site-days in seal_days become sealed rows. Runs inside one transaction (docs/storage.md). What
-- stands in braces comes from the table of attributes (store/statements.cc).
-- Everywhere the order of activity is (ts, log_offset): total, and the same on every copy. A row is found again by
-- (site, vd, log_offset): what a bulk load brought has places of its own, which may be those of others in the log.

-- Visits of those days that go on, with activity on a day that is not sealed now; and all that began in a visitor's day
-- of which they are a part: with a visit stays what it is made of.
CREATE OR REPLACE TEMP TABLE seal_going_on AS
WITH RECURSIVE activity AS NOT MATERIALIZED (
  SELECT site, day, ts, visit, vd FROM hot_hits UNION ALL SELECT site, day, ts, visit, vd FROM hot_events),
going_on AS (
  SELECT site, visit FROM activity SEMI JOIN seal_days USING (site, day)
  SEMI JOIN (SELECT site, visit FROM activity ANTI JOIN seal_days USING (site, day)
             WHERE ts > (SELECT log_time - to_milliseconds({{stays_open_ms}}) FROM applied)) USING (site, visit)
  UNION
  SELECT v.site, v.visit FROM going_on g JOIN activity a ON a.site = g.site AND a.visit = g.visit
  JOIN hot_visits v ON v.site = a.site AND v.vd = a.vd)
FROM going_on;

-- The visitors' days that such visits are a part of: they stay hot until their day is sealed again, so that what the
-- visits do meanwhile counts at once.
CREATE OR REPLACE TEMP TABLE seal_later AS
SELECT DISTINCT site, day, vd
FROM (SELECT site, day, visit, vd FROM hot_hits UNION ALL SELECT site, day, visit, vd FROM hot_events)
SEMI JOIN seal_days USING (site, day) SEMI JOIN seal_going_on USING (site, visit);

-- The activity of the others, visitor after visitor by time (that is its place), with visits made afresh: a silence of
-- visit_gap_ms ends one. A fresh visit has the number of its first hit, so that one which crosses midnight is the same
-- visit on both days. n: which row of its visit it is. Windows over everything take the rows as they come, those over
-- each visitor would sort them again.
CREATE OR REPLACE TEMP TABLE seal_rows AS
WITH activity AS (
  SELECT site, day, ts, log_offset, visit, vd, import, page, source, channel, true AS is_view
  FROM hot_hits SEMI JOIN seal_days USING (site, day) ANTI JOIN seal_later USING (site, vd)
  UNION ALL
  SELECT site, day, ts, log_offset, visit, vd, import, page, source, channel, false
  FROM hot_events SEMI JOIN seal_days USING (site, day) ANTI JOIN seal_later USING (site, vd)),
placed AS (
  SELECT *, row_number() OVER () AS place,
         lag(site) OVER () AS site_before, lag(vd) OVER () AS vd_before, lag(ts) OVER () AS ts_before
  FROM (SELECT * FROM activity ORDER BY site, vd, ts, log_offset)),
gaps AS (
  SELECT *, coalesce(site <> site_before OR vd <> vd_before OR epoch_ms(ts) - epoch_ms(ts_before) >= {{visit_gap_ms}},
                     true) AS opens
  FROM placed),
opened AS (
  SELECT *, max(CASE WHEN opens THEN place << 32 | visit END)
              OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS opened_at
  FROM gaps)
SELECT site, day, ts, log_offset, vd, import, page, source, channel, is_view, visit AS hot_visit, place, opens,
       (opened_at & 4294967295)::UINTEGER AS visit,
       (place - (opened_at >> 32) + 1)::UINTEGER AS n,
       NULL::BOOLEAN AS first_in_visit
FROM opened;

-- How these page views were looked at.
CREATE OR REPLACE TEMP TABLE seal_looks AS
SELECT r.site, r.visit, r.place, l.until, l.seconds, l.engaged, l.scroll
FROM hot_looks l JOIN seal_rows r ON r.site = l.site AND r.hot_visit = l.visit AND r.log_offset = l.view_offset
WHERE r.is_view;

-- One row per visit that these days touch, with the row that opened it.
CREATE OR REPLACE TEMP TABLE seal_visits AS
SELECT site, visit, min(ts) AS start,
       arg_min(day, epoch_ms(ts)::HUGEINT * 18446744073709551616 + log_offset) AS day,
       arg_min(log_offset, epoch_ms(ts)::HUGEINT * 18446744073709551616 + log_offset) AS opened_by,
       arg_min(vd, epoch_ms(ts)::HUGEINT * 18446744073709551616 + log_offset) AS vd,
       max(import) AS import
FROM seal_rows WHERE opens GROUP BY site, visit;

-- Visits that began on a day sealed before.
CREATE OR REPLACE TEMP TABLE seal_crossing AS
SELECT site, visit, vd, day FROM sealed_visits
SEMI JOIN (SELECT v.site, v.visit FROM seal_visits v JOIN numbers n ON n.site = v.site AND v.visit <= n.visit) old
USING (site, visit);

-- What else is hot of these visits.
CREATE OR REPLACE TEMP TABLE seal_hot AS
SELECT site, visit, ts, log_offset, page, source, channel, is_view
FROM (SELECT site, day, vd, visit, ts, log_offset, page, source, channel, true AS is_view FROM hot_hits
      UNION ALL
      SELECT site, day, vd, visit, ts, log_offset, page, source, channel, false FROM hot_events)
SEMI JOIN seal_visits USING (site, visit)
WHERE (site, day) NOT IN (FROM seal_days) OR (site, vd) IN (SELECT site, vd FROM seal_later);

-- Visits that are more than one stretch of these rows: they go on over midnight, or the clock was set back meanwhile. And
-- 0, the events of nobody: their rows number through over all days, as those of one visit do.
CREATE OR REPLACE TEMP TABLE seal_pieced AS
SELECT site, visit FROM seal_rows WHERE opens GROUP BY site, visit HAVING count(*) > 1 OR visit = 0
UNION
SELECT site, visit FROM seal_crossing
UNION
SELECT site, visit FROM seal_hot;

-- In which of these visits somebody did something; until when, and how long, pages of theirs were looked at. What a visit
-- came to when the day was sealed on which it began has all of it: nobody tells more of one that has ended.
CREATE OR REPLACE TEMP TABLE seal_acted AS
SELECT DISTINCT site, visit
FROM (SELECT site, visit, hot_visit, log_offset FROM seal_rows WHERE NOT is_view
      UNION ALL
      SELECT site, visit, visit, log_offset FROM seal_hot WHERE NOT is_view)
WHERE (site, hot_visit, log_offset) NOT IN (SELECT site, visit, log_offset FROM hot_quiet);
CREATE OR REPLACE TEMP TABLE seal_until AS
SELECT site, visit, max(until) AS until, 1 + sum(seconds) AS engaged
FROM (SELECT site, visit, until, seconds FROM seal_looks
      UNION ALL
      SELECT l.site, l.visit, l.until, l.seconds FROM hot_looks l
      SEMI JOIN seal_hot h ON h.site = l.site AND h.visit = l.visit AND h.log_offset = l.view_offset AND h.is_view)
GROUP BY site, visit;

-- What each touched visit amounts to, with its sealed part before and its hot part after these days.
CREATE OR REPLACE TEMP TABLE seal_sums AS
WITH pieces AS (
  SELECT site, visit, ts, log_offset, page, source, channel, is_view FROM seal_rows SEMI JOIN seal_pieced USING (site, visit)
  UNION ALL
  SELECT site, visit, ts, n, page, 0::UINTEGER, 0::UTINYINT, true FROM sealed_hits SEMI JOIN seal_crossing USING (site, visit)
  UNION ALL
  SELECT site, visit, ts, n, page, 0::UINTEGER, 0::UTINYINT, false FROM sealed_events SEMI JOIN seal_crossing USING (site, visit)
  UNION ALL
  FROM seal_hot),
activity AS (
  SELECT site, visit, ts, place, page, source, channel, is_view FROM seal_rows ANTI JOIN seal_pieced USING (site, visit)
  UNION ALL
  SELECT site, visit, ts, row_number() OVER (PARTITION BY site, visit ORDER BY ts, log_offset), page, source, channel, is_view
  FROM pieces),
sums AS (
  SELECT site, visit,
         least(count(*) FILTER (is_view), 65535)::USMALLINT AS pageviews,
         least(count(*) FILTER (NOT is_view), 65535)::USMALLINT AS events,
         min(ts) AS first_ts, max(ts) AS last_ts,
         arg_max(page, place) AS exit_page,
         arg_max(source, place) FILTER (source <> 0) AS last_source,
         arg_max(channel, place) FILTER (source <> 0) AS last_channel
  FROM activity GROUP BY site, visit)
SELECT s.* EXCLUDE (first_ts, last_ts),
       ((epoch_ms(greatest(s.last_ts, u.until)) - epoch_ms(s.first_ts)) // 1000)::UINTEGER AS duration,
       coalesce(u.engaged, 0)::UINTEGER AS engaged, a.visit IS NOT NULL AS acts
FROM sums s
LEFT JOIN seal_until u ON u.site = s.site AND u.visit = s.visit
LEFT JOIN seal_acted a ON a.site = s.site AND a.visit = s.visit;

-- Rows of sealed_visits to be, still without bits: new visits, and all visits of the visitors whose crossing visits
-- grew (their exit bits may move).
CREATE OR REPLACE TEMP TABLE seal_visit_rows AS
WITH opening AS (
  SELECT site, vd, log_offset, page, {{own_attributes}}
  FROM hot_hits SEMI JOIN seal_days USING (site, day)
  UNION ALL
  SELECT site, vd, log_offset, page, {{own_attributes}}
  FROM hot_events SEMI JOIN seal_days USING (site, day))
SELECT v.site, v.day, v.start, v.visit, v.vd, a.pageviews, a.events, a.duration, o.page AS entry_page, a.exit_page,
       v.import, a.engaged, (CASE WHEN a.acts THEN {{interactive}} ELSE {{not_interactive}} END)::UTINYINT AS interactive,
       a.last_source, a.last_channel, {{opened_with}}
FROM seal_visits v ANTI JOIN seal_crossing c ON c.site = v.site AND c.visit = v.visit
JOIN seal_sums a ON a.site = v.site AND a.visit = v.visit
JOIN hot_visitors p ON p.site = v.site AND p.day = v.day AND p.vd = v.vd
JOIN opening o ON o.log_offset = v.opened_by AND o.site = v.site AND o.vd = v.vd
UNION ALL
SELECT s.site, s.day, s.start, s.visit, s.vd, coalesce(a.pageviews, s.pageviews), coalesce(a.events, s.events),
       greatest(a.duration, s.duration), s.entry_page, coalesce(a.exit_page, s.exit_page), s.import,
       greatest(s.engaged, a.engaged),
       CASE WHEN a.acts OR (s.interactive = 0 AND s.events > 0) THEN {{interactive}}
            WHEN a.visit IS NULL THEN s.interactive
            ELSE greatest(s.interactive, {{not_interactive}}) END::UTINYINT,
       coalesce(a.last_source, nullif(s.last_source, 0)), coalesce(a.last_channel, nullif(s.last_channel, 0)),
       {{sealed_attributes}}
FROM sealed_visits s SEMI JOIN seal_crossing c ON c.site = s.site AND c.vd = s.vd
LEFT JOIN seal_sums a ON a.site = s.site AND a.visit = s.visit;

-- Rows of visits in pieces: they count on, and a page that such a visit saw yesterday is not new today.
CREATE OR REPLACE TEMP TABLE seal_pieces AS
WITH before AS (
  SELECT site, visit, max(n) AS n
  FROM (SELECT site, visit, n FROM sealed_hits SEMI JOIN seal_crossing USING (site, visit)
        UNION ALL
        SELECT site, visit, n FROM sealed_events SEMI JOIN seal_crossing USING (site, visit)
        UNION ALL
        SELECT site, visit, n FROM sealed_events
        SEMI JOIN (SELECT DISTINCT site FROM seal_rows WHERE visit = 0) USING (site) WHERE visit = 0)
  GROUP BY site, visit),
seen AS (
  SELECT DISTINCT site, visit, page, true AS known FROM sealed_hits SEMI JOIN seal_crossing USING (site, visit)),
pieces AS (
  SELECT site, visit, page, place,
         row_number() OVER (PARTITION BY site, visit ORDER BY ts, log_offset) AS n,
         row_number() OVER (PARTITION BY site, visit, page, is_view ORDER BY ts, log_offset) AS in_visit
  FROM seal_rows SEMI JOIN seal_pieced USING (site, visit))
SELECT p.place, (coalesce(b.n, 0) + p.n)::UINTEGER AS n,
       p.in_visit = 1 AND s.known IS NULL AS first_in_visit
FROM pieces p LEFT JOIN before b ON b.site = p.site AND b.visit = p.visit
LEFT JOIN seen s ON s.site = p.site AND s.visit = p.visit AND s.page = p.page;

UPDATE seal_rows SET n = p.n, first_in_visit = p.first_in_visit
FROM seal_pieces p WHERE p.place = seal_rows.place;

INSERT INTO sealed_hits
SELECT r.site, r.ts, r.visit, r.vd, r.page, r.n,
       (CASE WHEN coalesce(r.first_in_visit, lag(r.visit) OVER same_page IS DISTINCT FROM r.visit) THEN {{first_in_visit}} ELSE 0 END
        + CASE WHEN row_number() OVER same_page = 1 THEN {{first_of_page}} ELSE 0 END)::UTINYINT,
       coalesce(l.engaged, 0), coalesce(l.scroll, 0)
FROM seal_rows r LEFT JOIN seal_looks l ON l.place = r.place
WHERE r.is_view
WINDOW same_page AS (PARTITION BY r.site, r.vd, r.page ORDER BY r.place)
ORDER BY r.site, r.ts, r.visit, r.n;

INSERT INTO order_items
SELECT r.site, r.ts, r.visit, r.vd, p.item, p.category, p.quantity, p.amount, p.currency
FROM hot_order_items p
JOIN seal_rows r ON r.log_offset = p.log_offset AND r.site = p.site AND r.vd = p.vd
WHERE NOT r.is_view
ORDER BY r.site, r.ts, r.visit, p.item, p.category, p.quantity, p.amount, p.currency;

-- A page may tell a vital again when it has grown: the last of what has one id.
INSERT INTO vitals
SELECT r.site, p.ts, p.page, r.visit, p.metric, p.value
FROM (SELECT * FROM hot_vitals
      QUALIFY id = 0 OR row_number() OVER (PARTITION BY site, visit, metric, id ORDER BY log_offset DESC) = 1) p
JOIN seal_rows r ON r.site = p.site AND r.hot_visit = p.visit AND r.log_offset = p.view_offset
WHERE r.is_view
ORDER BY r.site, p.ts, p.page, r.visit, p.metric, p.value;

INSERT INTO sealed_events
SELECT r.site, r.ts, r.visit, r.vd, r.page, r.n, e.name
FROM seal_rows r
JOIN hot_events e ON e.log_offset = r.log_offset AND e.site = r.site AND e.vd = r.vd
WHERE NOT r.is_view
ORDER BY r.site, r.ts, r.visit, r.n;

INSERT INTO event_texts
SELECT p.site, p.name, p.key, (epoch_ms(r.ts) // {{quarter_ms}})::UINTEGER AS quarter, r.visit, r.n, p.value,
       (CASE WHEN row_number() OVER (PARTITION BY p.site, r.vd, p.name, p.key, p.value ORDER BY r.ts, r.log_offset) = 1
             THEN {{first_of_value}} ELSE 0 END)::UTINYINT
FROM hot_event_texts p
JOIN seal_rows r ON r.log_offset = p.log_offset AND r.site = p.site AND r.vd = p.vd
ORDER BY p.site, p.name, p.key, quarter, r.visit, r.n;

INSERT INTO event_numbers
SELECT p.site, p.name, p.key, (epoch_ms(r.ts) // {{quarter_ms}})::UINTEGER AS quarter, r.visit, r.n, p.number,
       (CASE WHEN row_number() OVER (PARTITION BY p.site, r.vd, p.name, p.key, p.number ORDER BY r.ts, r.log_offset) = 1
             THEN {{first_of_value}} ELSE 0 END)::UTINYINT
FROM hot_event_numbers p
JOIN seal_rows r ON r.log_offset = p.log_offset AND r.site = p.site AND r.vd = p.vd
ORDER BY p.site, p.name, p.key, quarter, r.visit, r.n;

DELETE FROM sealed_visits USING seal_crossing c WHERE sealed_visits.site = c.site AND sealed_visits.vd = c.vd;

-- A visitor with one visit has each of the day's firsts in it; to look at the others alone is cheaper.
CREATE OR REPLACE TEMP TABLE seal_bits AS
SELECT site, visit, ({{bits}})::UTINYINT AS bits
FROM seal_visit_rows
SEMI JOIN (SELECT site, vd FROM seal_visit_rows GROUP BY site, vd HAVING count(*) > 1) often USING (site, vd);

INSERT INTO sealed_visits
SELECT v.site, day, start, v.visit, vd, coalesce(b.bits, {{all_bits}})::UTINYINT AS bits,
       pageviews, events, duration, entry_page, exit_page, import, engaged, interactive,
       CASE WHEN last_source <> source THEN last_source ELSE 0 END,
       CASE WHEN last_channel <> channel THEN last_channel ELSE 0 END, {{attributes}}
FROM seal_visit_rows v LEFT JOIN seal_bits b ON b.site = v.site AND b.visit = v.visit
ORDER BY v.site, start, v.visit;

CREATE OR REPLACE TEMP TABLE seal_changed AS
SELECT c.site, c.day, coalesce(s.seal, 0) + 1 AS seal
FROM (SELECT site, day FROM seal_rows UNION SELECT site, day FROM seal_crossing UNION SELECT site, day FROM seal_later) c
LEFT JOIN sealed_days s ON s.site = c.site AND s.day = c.day;
DELETE FROM sealed_days USING seal_changed c WHERE sealed_days.site = c.site AND sealed_days.day = c.day;
INSERT INTO sealed_days SELECT site, day, seal::UINTEGER FROM seal_changed ORDER BY site, day;

CREATE OR REPLACE TEMP TABLE seal_numbers AS
SELECT v.site, greatest(coalesce(n.visit, 0), v.visit) AS visit, greatest(coalesce(n.vd, 0), v.vd) AS vd
FROM (SELECT site, max(hot_visit) AS visit, max(vd) AS vd FROM seal_rows GROUP BY site) v
LEFT JOIN numbers n ON n.site = v.site;
DELETE FROM numbers WHERE site IN (SELECT site FROM seal_numbers);
INSERT INTO numbers SELECT site, visit, vd FROM seal_numbers ORDER BY site;

CREATE OR REPLACE TEMP TABLE seal_months AS
SELECT m.month, coalesce(s.sorted, 0) AS sorted, coalesce(s.appended, 0) + m.count AS appended
FROM (SELECT date_trunc('month', ts)::DATE AS month, count(*) AS count FROM seal_rows GROUP BY ALL) m
LEFT JOIN sealed_months s ON s.month = m.month;
DELETE FROM sealed_months WHERE month IN (SELECT month FROM seal_months);
INSERT INTO sealed_months SELECT month, sorted::UBIGINT, appended::UBIGINT FROM seal_months ORDER BY month;

-- Nobody comes back to what stays: whose day it was is forgotten, as of all others.
INSERT INTO hot_visitors
SELECT * REPLACE (0 AS log_offset) FROM hot_visitors SEMI JOIN seal_later USING (site, vd) WHERE log_offset <> 0;
DELETE FROM hot_visitors USING seal_days d
WHERE hot_visitors.site = d.site AND hot_visitors.day = d.day
  AND (log_offset <> 0 OR (hot_visitors.site, vd) NOT IN (SELECT site, vd FROM seal_later));
DELETE FROM hot_pings USING seal_rows r
WHERE hot_pings.site = r.site AND hot_pings.visit = r.hot_visit AND view_offset = r.log_offset AND r.is_view;
DELETE FROM hot_vitals USING seal_rows r
WHERE hot_vitals.site = r.site AND hot_vitals.visit = r.hot_visit AND view_offset = r.log_offset AND r.is_view;
DELETE FROM hot_order_items USING seal_rows r
WHERE hot_order_items.site = r.site AND hot_order_items.vd = r.vd AND hot_order_items.log_offset = r.log_offset
  AND NOT r.is_view;
DELETE FROM hot_quiet USING seal_rows r
WHERE hot_quiet.site = r.site AND hot_quiet.visit = r.hot_visit AND hot_quiet.log_offset = r.log_offset AND NOT r.is_view;
DELETE FROM hot_hits USING seal_days d
WHERE hot_hits.site = d.site AND hot_hits.day = d.day AND (hot_hits.site, vd) NOT IN (SELECT site, vd FROM seal_later);
DELETE FROM hot_events USING seal_days d
WHERE hot_events.site = d.site AND hot_events.day = d.day AND (hot_events.site, vd) NOT IN (SELECT site, vd FROM seal_later);
DELETE FROM hot_event_texts USING seal_days d
WHERE hot_event_texts.site = d.site AND hot_event_texts.day = d.day AND (hot_event_texts.site, vd) NOT IN (SELECT site, vd FROM seal_later);
DELETE FROM hot_event_numbers USING seal_days d
WHERE hot_event_numbers.site = d.site AND hot_event_numbers.day = d.day AND (hot_event_numbers.site, vd) NOT IN (SELECT site, vd FROM seal_later);
DELETE FROM hot_visits USING seal_days d
WHERE hot_visits.site = d.site AND hot_visits.day = d.day AND (hot_visits.site, vd) NOT IN (SELECT site, vd FROM seal_later);
DELETE FROM hot_closed USING seal_days d
WHERE hot_closed.site = d.site AND hot_closed.day = d.day AND (hot_closed.site, vd) NOT IN (SELECT site, vd FROM seal_later);

DROP TABLE seal_going_on;
DROP TABLE seal_later;
DROP TABLE seal_rows;
DROP TABLE seal_looks;
DROP TABLE seal_acted;
DROP TABLE seal_until;
DROP TABLE seal_visits;
DROP TABLE seal_crossing;
DROP TABLE seal_hot;
DROP TABLE seal_sums;
DROP TABLE seal_pieces;
DROP TABLE seal_pieced;
DROP TABLE seal_bits;
DROP TABLE seal_visit_rows;
DROP TABLE seal_changed;
DROP TABLE seal_numbers;
DROP TABLE seal_months;
DELETE FROM seal_days;
