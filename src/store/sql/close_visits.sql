-- Visits that ended before the horizon $1, where none of them was closed yet. When each ends for itself, outcomes.cc counts.
INSERT INTO hot_closed
WITH activity AS (
  SELECT site, visit, ts, log_offset, page, source, channel, true AS is_view FROM hot_hits
  UNION ALL
  SELECT site, visit, ts, log_offset, page, source, channel, false FROM hot_events),
sums AS (
  SELECT site, visit, count(*) FILTER (is_view) AS pageviews, count(*) FILTER (NOT is_view) AS events,
         min(ts) AS first_ts, max(ts) AS last_ts,
         arg_max(page, epoch_ms(ts)::HUGEINT * 18446744073709551616 + log_offset) AS exit_page,
         arg_max(source, epoch_ms(ts)::HUGEINT * 18446744073709551616 + log_offset) FILTER (source <> 0) AS last_source,
         arg_max(channel, epoch_ms(ts)::HUGEINT * 18446744073709551616 + log_offset) FILTER (source <> 0) AS last_channel
  FROM activity GROUP BY site, visit HAVING max(ts) <= $1),
-- First whose rows they are, then what these carry: the other way round every hot visit is made.
counted AS MATERIALIZED (
  SELECT v.*, s.* EXCLUDE (site, visit) FROM hot_visits v JOIN sums s ON s.site = v.site AND s.visit = v.visit),
opening AS (
  SELECT log_offset, site, visit, {{own_attributes}} FROM hot_hits
  UNION ALL
  SELECT log_offset, site, visit, {{own_attributes}} FROM hot_events)
SELECT v.site, v.day, v.start, v.last_ts AS ended, v.visit, v.vd, v.bits,
       least(v.pageviews, 65535)::USMALLINT AS pageviews, least(v.events, 65535)::USMALLINT AS events,
       ((epoch_ms(v.last_ts) - epoch_ms(v.first_ts)) // 1000)::UINTEGER AS duration,
       v.entry_page, v.exit_page, v.import, 0::UINTEGER AS engaged, 0::UTINYINT AS interactive,
       (CASE WHEN v.last_source <> o.source THEN v.last_source ELSE 0 END)::UINTEGER AS last_source,
       (CASE WHEN v.last_channel <> o.channel THEN v.last_channel ELSE 0 END)::UTINYINT AS last_channel,
       {{opened_with}}
FROM counted v
JOIN opening o ON o.log_offset = v.log_offset AND o.site = v.site AND o.visit = v.visit
JOIN hot_visitors p ON p.site = v.site AND p.vd = v.vd
ORDER BY ended, site, visit
