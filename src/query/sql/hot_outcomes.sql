-- What became of each hot visit of a site so far, as the view hot_visit_rows says it (a test compares the two), in half
-- of its time: views and events apart, without the visits' own columns. Made once per question.
CREATE TEMP TABLE hot_outcomes AS
WITH views AS (
  SELECT visit, count(*) AS number, min(ts) AS first_ts, max(ts) AS last_ts{{newest}}
  FROM hot_hits WHERE site = $1 GROUP BY visit),
actions AS (
  SELECT visit, count(*) AS number, min(ts) AS first_ts, max(ts) AS last_ts{{newest}}
  FROM hot_events WHERE site = $1 GROUP BY visit)
SELECT coalesce(v.visit, a.visit) AS visit, least(coalesce(v.number, 0), 65535)::USMALLINT AS pageviews,
       least(coalesce(a.number, 0), 65535)::USMALLINT AS events,
       ((epoch_ms(greatest(v.last_ts, a.last_ts)) - epoch_ms(least(v.first_ts, a.first_ts))) // 1000)::UINTEGER
         AS duration{{exit_page}}
FROM views v FULL JOIN actions a ON a.visit = v.visit{{exit_join}}
