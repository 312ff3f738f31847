INSERT INTO audit (id, at, actor_kind, actor, actor_label, action, team_id, site_id, target_kind, target, target_label, changes, country)
VALUES (?1, ?2, ?3, ?4,
  coalesce((SELECT email FROM users WHERE id = ?4), (SELECT name FROM api_keys WHERE id = ?4), ?5),
  ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
