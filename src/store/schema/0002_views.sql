-- Hot visits with what they carry: what is pinned for the visitor's day, the rest from the row that opened the visit.
CREATE VIEW hot_visits_opened AS
SELECT v.site, v.day, v.start, v.visit, v.vd, v.bits, v.entry_page, v.import,
       o.hostname, o.referrer_host, o.referrer_path, o.source, o.channel,
       o.utm_source, o.utm_medium, o.utm_campaign, o.utm_term, o.utm_content,
       p.browser, p.browser_major, p.os, p.device, p.language, p.country, o.tracker,
       p.size_class, p.browser_version, p.os_version, p.city, p.asn
FROM hot_visits v
JOIN (SELECT log_offset, site, visit, hostname, referrer_host, referrer_path, source, channel, utm_source, utm_medium,
             utm_campaign, utm_term, utm_content, tracker FROM hot_hits
      UNION ALL
      SELECT log_offset, site, visit, hostname, referrer_host, referrer_path, source, channel, utm_source, utm_medium,
             utm_campaign, utm_term, utm_content, tracker FROM hot_events) o
  ON o.log_offset = v.log_offset AND o.site = v.site AND o.visit = v.visit
JOIN hot_visitors p ON p.site = v.site AND p.vd = v.vd;

-- Hot visits in the shape of sealed_visits, from their rows alone: without bits.
CREATE VIEW hot_visit_rows AS
WITH activity AS (
  SELECT site, visit, count(*) FILTER (is_view) AS pageviews, count(*) FILTER (NOT is_view) AS events,
         min(ts) AS first_ts, max(ts) AS last_ts,
         arg_max(page, epoch_ms(ts)::HUGEINT * 18446744073709551616 + log_offset) AS exit_page
  FROM (SELECT site, visit, ts, page, log_offset, true AS is_view FROM hot_hits
        UNION ALL
        SELECT site, visit, ts, page, log_offset, false FROM hot_events)
  GROUP BY site, visit)
SELECT v.site, v.day, v.start, v.visit, v.vd,
       least(a.pageviews, 65535)::USMALLINT AS pageviews, least(a.events, 65535)::USMALLINT AS events,
       ((epoch_ms(a.last_ts) - epoch_ms(a.first_ts)) // 1000)::UINTEGER AS duration,
       v.entry_page, a.exit_page, v.import,
       v.hostname, v.referrer_host, v.referrer_path, v.source, v.channel,
       v.utm_source, v.utm_medium, v.utm_campaign, v.utm_term, v.utm_content,
       v.browser, v.browser_major, v.os, v.device, v.language, v.country, v.tracker,
       v.size_class, v.browser_version, v.os_version, v.city, v.asn
FROM hot_visits_opened v JOIN activity a ON a.site = v.site AND a.visit = v.visit;

-- What follows is for people: rows as they read them, for any DuckDB client.

-- Every page view with what its visit says. Texts are joined last, so that nothing but ids goes through the other joins.
CREATE VIEW hits AS
WITH views AS (
  SELECT h.site, h.ts, h.page, v.* EXCLUDE (site)
  FROM (SELECT site, ts, visit, page FROM sealed_hits UNION ALL SELECT site, ts, visit, page FROM hot_hits) h
  JOIN (SELECT site, visit, hostname, referrer_host, referrer_path, source, utm_source, utm_medium, utm_campaign,
               utm_term, utm_content, browser, browser_major, os, device, language, country
        FROM sealed_visits
        UNION ALL
        SELECT site, visit, hostname, referrer_host, referrer_path, source, utm_source, utm_medium, utm_campaign,
               utm_term, utm_content, browser, browser_major, os, device, language, country
        FROM hot_visits_opened) v ON v.site = h.site AND v.visit = h.visit)
SELECT s.site_id, md5(s.site_id::VARCHAR || '/' || r.visit::VARCHAR)::UUID AS session_id,
       r.ts AT TIME ZONE 'UTC' AS timestamp, page.text AS path, hostname.text AS hostname,
       CASE WHEN r.referrer_host <> 0 THEN 'https://' || referrer_host.text || coalesce(referrer_path.text, '') END
         AS referrer,
       source.text AS source,
       NULL::INTEGER AS viewport_width, NULL::INTEGER AS viewport_height, NULL::INTEGER AS screen_width,
       NULL::INTEGER AS screen_height,
       language.text AS language, country.text AS country_code,
       utm_source.text AS utm_source, utm_medium.text AS utm_medium, utm_campaign.text AS utm_campaign,
       utm_term.text AS utm_term, utm_content.text AS utm_content,
       browser.text AS browser, nullif(r.browser_major, 0)::INTEGER AS browser_major, os.text AS os,
       ['desktop', 'mobile', 'tablet', 'tv', 'console', 'bot', 'headset'][nullif(r.device, 0)] AS device
FROM views r JOIN sites s ON s.site = r.site
LEFT JOIN texts page ON page.kind = 0 AND page.site = r.site AND page.id = r.page
LEFT JOIN texts hostname ON hostname.kind = 1 AND hostname.site = r.site AND hostname.id = r.hostname
LEFT JOIN texts referrer_host
  ON referrer_host.kind = 2 AND referrer_host.site = r.site AND referrer_host.id = r.referrer_host
LEFT JOIN texts referrer_path
  ON referrer_path.kind = 3 AND referrer_path.site = r.site AND referrer_path.id = r.referrer_path
LEFT JOIN texts source ON source.kind = 4 AND source.site = r.site AND source.id = r.source
LEFT JOIN texts utm_source ON utm_source.kind = 5 AND utm_source.site = r.site AND utm_source.id = r.utm_source
LEFT JOIN texts utm_medium ON utm_medium.kind = 6 AND utm_medium.site = r.site AND utm_medium.id = r.utm_medium
LEFT JOIN texts utm_campaign
  ON utm_campaign.kind = 7 AND utm_campaign.site = r.site AND utm_campaign.id = r.utm_campaign
LEFT JOIN texts utm_term ON utm_term.kind = 8 AND utm_term.site = r.site AND utm_term.id = r.utm_term
LEFT JOIN texts utm_content ON utm_content.kind = 9 AND utm_content.site = r.site AND utm_content.id = r.utm_content
LEFT JOIN texts browser ON browser.kind = 10 AND browser.site = 0 AND browser.id = r.browser
LEFT JOIN texts os ON os.kind = 11 AND os.site = 0 AND os.id = r.os
LEFT JOIN texts language ON language.kind = 12 AND language.site = 0 AND language.id = r.language
LEFT JOIN texts country ON country.kind = 13 AND country.site = 0 AND country.id = r.country;

-- Every property of an event with its text; place: the event's n, or of a hot one its offset.
CREATE VIEW event_properties AS
SELECT p.site, p.visit, p.place, key.text AS key,
       CASE WHEN p.number IS NULL THEN value.text
            ELSE rtrim(rtrim((p.number::DECIMAL(19, 0) * 0.001)::VARCHAR, '0'), '.') END AS text
FROM (SELECT site, visit, n::UBIGINT AS place, key, value, NULL::BIGINT AS number FROM event_texts
      UNION ALL SELECT site, visit, n, key, 0, number FROM event_numbers
      UNION ALL SELECT site, visit, log_offset, key, value, NULL FROM hot_event_texts
      UNION ALL SELECT site, visit, log_offset, key, 0, number FROM hot_event_numbers) p
JOIN texts key ON key.kind = 19 AND key.site = p.site AND key.id = p.key
LEFT JOIN texts value ON value.kind = 20 AND value.site = p.site AND value.id = p.value;

-- Every event; session_id finds its visit. properties: a map from keys to texts.
CREATE VIEW events AS
WITH actions AS (
  SELECT site, ts, visit, page, name, n::UBIGINT AS place, false AS hot FROM sealed_events
  UNION ALL
  SELECT site, ts, visit, page, name, log_offset, true FROM hot_events),
told AS (
  SELECT site, visit, place, map_from_entries(list((key, text) ORDER BY key)) AS properties
  FROM event_properties GROUP BY site, visit, place)
SELECT s.site_id, md5(s.site_id::VARCHAR || '/' || r.visit::VARCHAR)::UUID AS session_id,
       r.ts AT TIME ZONE 'UTC' AS timestamp, name.text AS name, page.text AS path, told.properties
FROM actions r JOIN sites s ON s.site = r.site
LEFT JOIN told ON told.site = r.site AND told.visit = r.visit AND told.place = r.place
LEFT JOIN texts name ON name.kind = 15 AND name.site = r.site AND name.id = r.name
LEFT JOIN texts page ON page.kind = 0 AND page.site = r.site AND page.id = r.page;

-- Every visit. day: the local day on which it began.
CREATE VIEW visits AS
WITH both_kinds AS (
  SELECT site, day, start, visit, pageviews, events, duration, entry_page, exit_page,
         hostname, referrer_host, referrer_path, source, channel, utm_source, utm_medium, utm_campaign, utm_term,
         utm_content, browser, browser_major, os, device, language, country, size_class
  FROM sealed_visits
  UNION ALL
  SELECT site, day, start, visit, pageviews, events, duration, entry_page, exit_page,
         hostname, referrer_host, referrer_path, source, channel, utm_source, utm_medium, utm_campaign, utm_term,
         utm_content, browser, browser_major, os, device, language, country, size_class
  FROM hot_visit_rows)
SELECT s.site_id, md5(s.site_id::VARCHAR || '/' || r.visit::VARCHAR)::UUID AS session_id,
       r.start AT TIME ZONE 'UTC' AS timestamp, r.day, r.pageviews, r.events, r.duration,
       entry_page.text AS entry_path, exit_page.text AS exit_path, hostname.text AS hostname,
       CASE WHEN r.referrer_host <> 0 THEN 'https://' || referrer_host.text || coalesce(referrer_path.text, '') END
         AS referrer,
       source.text AS source,
       ['direct', 'organic_search', 'paid_search', 'organic_social', 'paid_social', 'referral', 'email',
        'ai_assistant', 'display', 'affiliate', 'video', 'paid_other', 'campaign'][r.channel + 1] AS channel,
       utm_source.text AS utm_source, utm_medium.text AS utm_medium, utm_campaign.text AS utm_campaign,
       utm_term.text AS utm_term, utm_content.text AS utm_content,
       browser.text AS browser, nullif(r.browser_major, 0)::INTEGER AS browser_major, os.text AS os,
       ['desktop', 'mobile', 'tablet', 'tv', 'console', 'bot', 'headset'][nullif(r.device, 0)] AS device,
       ['xs', 's', 'm', 'l', 'xl'][nullif(r.size_class, 0)] AS size_class,
       language.text AS language, country.text AS country_code
FROM both_kinds r JOIN sites s ON s.site = r.site
LEFT JOIN texts entry_page ON entry_page.kind = 0 AND entry_page.site = r.site AND entry_page.id = r.entry_page
LEFT JOIN texts exit_page ON exit_page.kind = 0 AND exit_page.site = r.site AND exit_page.id = r.exit_page
LEFT JOIN texts hostname ON hostname.kind = 1 AND hostname.site = r.site AND hostname.id = r.hostname
LEFT JOIN texts referrer_host
  ON referrer_host.kind = 2 AND referrer_host.site = r.site AND referrer_host.id = r.referrer_host
LEFT JOIN texts referrer_path
  ON referrer_path.kind = 3 AND referrer_path.site = r.site AND referrer_path.id = r.referrer_path
LEFT JOIN texts source ON source.kind = 4 AND source.site = r.site AND source.id = r.source
LEFT JOIN texts utm_source ON utm_source.kind = 5 AND utm_source.site = r.site AND utm_source.id = r.utm_source
LEFT JOIN texts utm_medium ON utm_medium.kind = 6 AND utm_medium.site = r.site AND utm_medium.id = r.utm_medium
LEFT JOIN texts utm_campaign
  ON utm_campaign.kind = 7 AND utm_campaign.site = r.site AND utm_campaign.id = r.utm_campaign
LEFT JOIN texts utm_term ON utm_term.kind = 8 AND utm_term.site = r.site AND utm_term.id = r.utm_term
LEFT JOIN texts utm_content ON utm_content.kind = 9 AND utm_content.site = r.site AND utm_content.id = r.utm_content
LEFT JOIN texts browser ON browser.kind = 10 AND browser.site = 0 AND browser.id = r.browser
LEFT JOIN texts os ON os.kind = 11 AND os.site = 0 AND os.id = r.os
LEFT JOIN texts language ON language.kind = 12 AND language.site = 0 AND language.id = r.language
LEFT JOIN texts country ON country.kind = 13 AND country.site = 0 AND country.id = r.country;
