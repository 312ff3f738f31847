-- The visits of the days from $1 on, before $2.
INSERT INTO sealed_visits BY NAME
WITH rows AS (
  SELECT v.site, v.day, v.start, v.visit, v.vd, v.bits, v.pageviews, v.events, v.duration,
         coalesce(entry_page.id, 0) AS entry_page, coalesce(exit_page.id, 0) AS exit_page, {{attributes}}
  FROM earlier.sealed_visits v
  LEFT JOIN ids entry_page ON entry_page.kind = 0 AND entry_page.site = v.site AND entry_page.old = v.entry_page
  LEFT JOIN ids exit_page ON exit_page.kind = 0 AND exit_page.site = v.site AND exit_page.old = v.exit_page
  {{joins}}
  WHERE v.day >= $1 AND v.day < $2)
SELECT *, 0 AS engaged, 0 AS interactive, 0 AS last_source, 0 AS last_channel
FROM (SELECT * FROM rows ANTI JOIN first_visits USING (site, vd)
      UNION ALL BY NAME
      SELECT * REPLACE (({{bits}})::UTINYINT AS bits) FROM rows SEMI JOIN first_visits USING (site, vd))
ORDER BY date_trunc('month', start), site, start, visit
