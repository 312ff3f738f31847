-- Hot visits in the shape of sealed_visits; `visitor` takes the place of vd and bits (count it DISTINCT, per day).
CREATE VIEW hot_visit_rows AS
WITH activity AS (
  SELECT site, visit, count(*) FILTER (is_view) AS pageviews, count(*) FILTER (NOT is_view) AS events,
         min(ts) AS first_ts, max(ts) AS last_ts, arg_max(page, log_offset) AS exit_page
  FROM (SELECT site, visit, ts, page, log_offset, true AS is_view FROM hot_hits
        UNION ALL
        SELECT site, visit, ts, page, log_offset, false FROM hot_events)
  GROUP BY site, visit)
SELECT v.site, v.day, v.start, v.visit, v.visitor,
       least(a.pageviews, 65535)::USMALLINT AS pageviews, least(a.events, 65535)::USMALLINT AS events,
       ((epoch_ms(a.last_ts) - epoch_ms(a.first_ts)) // 1000)::UINTEGER AS duration,
       v.entry_page, a.exit_page, v.late,
       v.hostname, v.referrer_host, v.referrer_path, v.source, v.channel,
       v.utm_source, v.utm_medium, v.utm_campaign, v.utm_term, v.utm_content,
       v.browser, v.browser_major, v.os, v.device, v.language, v.country,
       v.screen_width, v.screen_height, v.viewport_width, v.viewport_height, v.tracker
FROM hot_visits v JOIN activity a ON a.site = v.site AND a.visit = v.visit;

-- Every page view as one readable row, for any DuckDB client.
CREATE VIEW hits AS
WITH words AS (SELECT list(text ORDER BY id) AS w FROM texts),
rows AS (
  SELECT h.site, h.ts, h.visit, h.page, v.* EXCLUDE (site, visit, day, start, late)
  FROM sealed_hits h JOIN
       (SELECT site, visit, day, start, late, hostname, referrer_host, referrer_path, source, channel, utm_source,
               utm_medium, utm_campaign, utm_term, utm_content, browser, browser_major, os, device, language, country,
               screen_width, screen_height, viewport_width, viewport_height, tracker
        FROM sealed_visits) v ON v.site = h.site AND v.visit = h.visit
  UNION ALL
  SELECT site, ts, visit, page, hostname, referrer_host, referrer_path, source, channel, utm_source,
         utm_medium, utm_campaign, utm_term, utm_content, browser, browser_major, os, device, language, country,
         screen_width, screen_height, viewport_width, viewport_height, tracker
  FROM hot_hits)
SELECT s.site_id, md5(s.site_id::VARCHAR || '/' || r.visit::VARCHAR)::UUID AS session_id,
       r.ts AT TIME ZONE 'UTC' AS timestamp,
       w[r.page + 1] AS path, nullif(w[r.hostname + 1], '') AS hostname,
       CASE WHEN r.referrer_host <> 0 THEN 'https://' || w[r.referrer_host + 1] || w[r.referrer_path + 1] END AS referrer,
       nullif(w[r.source + 1], '') AS source,
       nullif(r.viewport_width, 0)::INTEGER AS viewport_width, nullif(r.viewport_height, 0)::INTEGER AS viewport_height,
       nullif(r.screen_width, 0)::INTEGER AS screen_width, nullif(r.screen_height, 0)::INTEGER AS screen_height,
       nullif(w[r.language + 1], '') AS language, nullif(w[r.country + 1], '') AS country_code,
       nullif(w[r.utm_source + 1], '') AS utm_source, nullif(w[r.utm_medium + 1], '') AS utm_medium,
       nullif(w[r.utm_campaign + 1], '') AS utm_campaign, nullif(w[r.utm_term + 1], '') AS utm_term,
       nullif(w[r.utm_content + 1], '') AS utm_content,
       nullif(w[r.browser + 1], '') AS browser, nullif(r.browser_major, 0)::INTEGER AS browser_major,
       nullif(w[r.os + 1], '') AS os,
       ['desktop', 'mobile', 'tablet', 'tv', 'console', 'bot'][nullif(r.device, 0)] AS device
FROM rows r JOIN sites s ON s.site = r.site
-- A left join stays on top. A cross join may be moved below the other, which then copies all words into each row.
LEFT JOIN words ON true;
