-- Visits that ended before the horizon $1, where none of them was closed yet. When each ends for itself, outcomes.cc counts.
INSERT INTO hot_closed
WITH activity AS (
  SELECT site, visit, ts, log_offset, page, source, channel, true AS is_view, false AS acts FROM hot_hits
  UNION ALL
  SELECT site, visit, ts, log_offset, page, source, channel, false,
         (site, visit, log_offset) NOT IN (SELECT site, visit, log_offset FROM hot_quiet)
  FROM hot_events),
looks AS (SELECT site, visit, 1 + sum(seconds) AS engaged, max(until) AS until FROM hot_looks GROUP BY site, visit),
sums AS (
  SELECT site, visit, bool_or(acts) AS acts, count(*) FILTER (is_view) AS pageviews, count(*) FILTER (NOT is_view) AS events,
         min(ts) AS first_ts, max(ts) AS last_ts,
         arg_max(page, epoch_ms(ts)::HUGEINT * 18446744073709551616 + log_offset) AS exit_page,
         arg_max(source, epoch_ms(ts)::HUGEINT * 18446744073709551616 + log_offset) FILTER (source <> 0) AS last_source,
         arg_max(channel, epoch_ms(ts)::HUGEINT * 18446744073709551616 + log_offset) FILTER (source <> 0) AS last_channel
  FROM activity GROUP BY site, visit),
ended AS (
  SELECT s.* REPLACE (greatest(s.last_ts, l.until) AS last_ts), coalesce(l.engaged, 0) AS engaged
  FROM sums s LEFT JOIN looks l ON l.site = s.site AND l.visit = s.visit
  WHERE greatest(s.last_ts, l.until) <= $1),
-- First whose rows they are, then what these carry: the other way round every hot visit is made.
counted AS MATERIALIZED (
  SELECT v.*, s.* EXCLUDE (site, visit) FROM hot_visits v JOIN ended s ON s.site = v.site AND s.visit = v.visit),
opening AS (
  SELECT log_offset, site, visit, {{own_attributes}} FROM hot_hits
  UNION ALL
  SELECT log_offset, site, visit, {{own_attributes}} FROM hot_events)
SELECT v.site, v.day, v.start, v.last_ts AS ended, v.visit, v.vd, v.bits,
       least(v.pageviews, 65535)::USMALLINT AS pageviews, least(v.events, 65535)::USMALLINT AS events,
       ((epoch_ms(v.last_ts) - epoch_ms(v.first_ts)) // 1000)::UINTEGER AS duration,
       v.entry_page, v.exit_page, v.import, v.engaged::UINTEGER AS engaged,
       (CASE WHEN v.acts THEN {{interactive}} ELSE {{not_interactive}} END)::UTINYINT AS interactive,
       (CASE WHEN v.last_source <> o.source THEN v.last_source ELSE 0 END)::UINTEGER AS last_source,
       (CASE WHEN v.last_channel <> o.channel THEN v.last_channel ELSE 0 END)::UTINYINT AS last_channel,
       {{opened_with}}
FROM counted v
JOIN opening o ON o.log_offset = v.log_offset AND o.site = v.site AND o.visit = v.visit
JOIN hot_visitors p ON p.site = v.site AND p.vd = v.vd
ORDER BY ended, site, visit
