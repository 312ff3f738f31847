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
       v.screen, v.viewport_width, v.viewport_height, v.tracker
FROM hot_visits v JOIN activity a ON a.site = v.site AND a.visit = v.visit;

-- Every page view as one readable row, for any DuckDB client. `words`: the texts of each kind, by id.
CREATE VIEW hits AS
WITH words AS (
  SELECT list(text ORDER BY id) FILTER (kind = 0) AS pages, list(text ORDER BY id) FILTER (kind = 1) AS hostnames,
         list(text ORDER BY id) FILTER (kind = 2) AS referrer_hosts,
         list(text ORDER BY id) FILTER (kind = 3) AS referrer_paths,
         list(text ORDER BY id) FILTER (kind = 4) AS sources, list(text ORDER BY id) FILTER (kind = 5) AS utm_sources,
         list(text ORDER BY id) FILTER (kind = 6) AS utm_mediums,
         list(text ORDER BY id) FILTER (kind = 7) AS utm_campaigns,
         list(text ORDER BY id) FILTER (kind = 8) AS utm_terms,
         list(text ORDER BY id) FILTER (kind = 9) AS utm_contents,
         list(text ORDER BY id) FILTER (kind = 10) AS browsers, list(text ORDER BY id) FILTER (kind = 11) AS systems,
         list(text ORDER BY id) FILTER (kind = 12) AS languages,
         list(text ORDER BY id) FILTER (kind = 13) AS countries,
         list(try_cast(split_part(text, 'x', 1) AS INTEGER) ORDER BY id) FILTER (kind = 16) AS screen_widths,
         list(try_cast(split_part(text, 'x', 2) AS INTEGER) ORDER BY id) FILTER (kind = 16) AS screen_heights
  FROM texts),
rows AS (
  SELECT h.site, h.ts, h.visit, h.page, v.* EXCLUDE (site, visit)
  FROM sealed_hits h JOIN
       (SELECT site, visit, hostname, referrer_host, referrer_path, source, utm_source, utm_medium, utm_campaign,
               utm_term, utm_content, browser, browser_major, os, device, language, country, screen,
               viewport_width, viewport_height
        FROM sealed_visits) v ON v.site = h.site AND v.visit = h.visit
  UNION ALL
  SELECT site, ts, visit, page, hostname, referrer_host, referrer_path, source, utm_source, utm_medium, utm_campaign,
         utm_term, utm_content, browser, browser_major, os, device, language, country, screen,
         viewport_width, viewport_height
  FROM hot_hits)
SELECT s.site_id, md5(s.site_id::VARCHAR || '/' || r.visit::VARCHAR)::UUID AS session_id,
       r.ts AT TIME ZONE 'UTC' AS timestamp,
       pages[r.page + 1] AS path, nullif(hostnames[r.hostname + 1], '') AS hostname,
       CASE WHEN r.referrer_host <> 0
            THEN 'https://' || referrer_hosts[r.referrer_host + 1] || referrer_paths[r.referrer_path + 1] END AS referrer,
       nullif(sources[r.source + 1], '') AS source,
       nullif(r.viewport_width, 0)::INTEGER AS viewport_width, nullif(r.viewport_height, 0)::INTEGER AS viewport_height,
       nullif(screen_widths[r.screen + 1], 0) AS screen_width,
       nullif(screen_heights[r.screen + 1], 0) AS screen_height,
       nullif(languages[r.language + 1], '') AS language, nullif(countries[r.country + 1], '') AS country_code,
       nullif(utm_sources[r.utm_source + 1], '') AS utm_source,
       nullif(utm_mediums[r.utm_medium + 1], '') AS utm_medium,
       nullif(utm_campaigns[r.utm_campaign + 1], '') AS utm_campaign,
       nullif(utm_terms[r.utm_term + 1], '') AS utm_term, nullif(utm_contents[r.utm_content + 1], '') AS utm_content,
       nullif(browsers[r.browser + 1], '') AS browser, nullif(r.browser_major, 0)::INTEGER AS browser_major,
       nullif(systems[r.os + 1], '') AS os,
       ['desktop', 'mobile', 'tablet', 'tv', 'console', 'bot'][nullif(r.device, 0)] AS device
FROM rows r JOIN sites s ON s.site = r.site
-- A left join stays on top. A cross join may be moved below the other, which then copies all words into each row.
LEFT JOIN words ON true;
