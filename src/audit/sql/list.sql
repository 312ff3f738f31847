-- One row at least: the number of all that is found stands in each, and the rest is NULL where this page is empty.
WITH found AS (
  SELECT rowid AS position, audit.* FROM audit
  WHERE at >= ?1 AND at < ?2
    AND (?3 IS NULL OR team_id = ?3)
    AND (?4 IS NULL OR site_id = ?4)
    AND (?5 IS NULL OR action = ?5)
    AND (?6 IS NULL OR target_kind = ?6)
    AND (?7 IS NULL OR actor = ?7)
    AND (?8 IS NULL OR instr(lower(actor_label || char(10) || target_label || char(10) || action), ?8) > 0)
)
SELECT (SELECT count(*) FROM found), id, at, actor_kind, actor, actor_label, action, team_id, site_id, target_kind, target,
  target_label, changes, country
FROM (SELECT 1) LEFT JOIN (SELECT * FROM found ORDER BY at DESC, position DESC LIMIT ?9 OFFSET ?10)
