-- What pages tell of views that are there already. Each row stands with the place of the view (log_offset of hot_hits) that
-- it is about and goes with it when that is sealed. vd, day: whose visit was open, and the local day of the report.
DROP TABLE hot_pings;
-- engaged: seconds since the view. scroll: 0 not told, else 1 + percent.
CREATE TABLE hot_pings (
  log_offset UBIGINT NOT NULL, view_offset UBIGINT NOT NULL, site UINTEGER NOT NULL, ts TIMESTAMP_MS NOT NULL,
  day DATE NOT NULL, visit UINTEGER NOT NULL, vd UINTEGER NOT NULL, engaged UINTEGER NOT NULL,
  scroll UTINYINT NOT NULL);
-- metric, value: as in vitals. id: what a page that tells it again names it by; 0: nothing.
CREATE TABLE hot_vitals (
  log_offset UBIGINT NOT NULL, view_offset UBIGINT NOT NULL, site UINTEGER NOT NULL, ts TIMESTAMP_MS NOT NULL,
  day DATE NOT NULL, visit UINTEGER NOT NULL, vd UINTEGER NOT NULL, page UINTEGER NOT NULL, metric UTINYINT NOT NULL,
  value UINTEGER NOT NULL, id UBIGINT NOT NULL);
-- A line of an order, as order_items has it.
CREATE TABLE hot_order_items (
  log_offset UBIGINT NOT NULL, site UINTEGER NOT NULL, ts TIMESTAMP_MS NOT NULL, visit UINTEGER NOT NULL,
  vd UINTEGER NOT NULL, item UINTEGER NOT NULL, category UINTEGER NOT NULL, quantity UINTEGER NOT NULL,
  amount BIGINT NOT NULL, currency UINTEGER NOT NULL);
-- Events that nobody did: a page told them by itself.
CREATE TABLE hot_quiet (log_offset UBIGINT NOT NULL, site UINTEGER NOT NULL, visit UINTEGER NOT NULL);

-- How each hot page view was looked at, coded as sealed_hits has it.
CREATE VIEW hot_looks AS
SELECT site, visit, view_offset, max(ts) AS until, max(engaged) AS seconds,
       (1 + floor(8 * log2(1 + max(engaged))))::UTINYINT AS engaged,
       (CASE WHEN max(scroll) = 0 THEN 0 ELSE 1 + (max(scroll) - 1) // 5 END)::UTINYINT AS scroll
FROM hot_pings GROUP BY site, visit, view_offset;

-- Hot page views in the shape of sealed_hits, but for n and bits.
CREATE VIEW hot_views AS
SELECT h.log_offset, h.site, h.ts, h.day, h.visit, h.vd, h.import, h.page,
       coalesce(l.engaged, 0)::UTINYINT AS engaged, coalesce(l.scroll, 0)::UTINYINT AS scroll
FROM hot_hits h
LEFT JOIN hot_looks l ON l.site = h.site AND l.visit = h.visit AND l.view_offset = h.log_offset;

-- As before, and a visit lasts as long as its pages were looked at.
CREATE OR REPLACE VIEW hot_visit_rows AS
WITH activity AS (
  SELECT site, visit, count(*) FILTER (is_view) AS pageviews, count(*) FILTER (NOT is_view) AS events,
         min(ts) AS first_ts, max(ts) AS last_ts,
         arg_max(page, epoch_ms(ts)::HUGEINT * 18446744073709551616 + log_offset) AS exit_page
  FROM (SELECT site, visit, ts, page, log_offset, true AS is_view FROM hot_hits
        UNION ALL
        SELECT site, visit, ts, page, log_offset, false FROM hot_events)
  GROUP BY site, visit),
looks AS (SELECT site, visit, max(until) AS until FROM hot_looks GROUP BY site, visit)
SELECT v.site, v.day, v.start, v.visit, v.vd,
       least(a.pageviews, 65535)::USMALLINT AS pageviews, least(a.events, 65535)::USMALLINT AS events,
       ((epoch_ms(greatest(a.last_ts, l.until)) - epoch_ms(a.first_ts)) // 1000)::UINTEGER AS duration,
       v.entry_page, a.exit_page, v.import,
       v.hostname, v.referrer_host, v.referrer_path, v.source, v.channel,
       v.utm_source, v.utm_medium, v.utm_campaign, v.utm_term, v.utm_content,
       v.browser, v.browser_major, v.os, v.device, v.language, v.country, v.tracker,
       v.size_class, v.browser_version, v.os_version, v.city, v.asn
FROM hot_visits_opened v JOIN activity a ON a.site = v.site AND a.visit = v.visit
LEFT JOIN looks l ON l.site = v.site AND l.visit = v.visit;
