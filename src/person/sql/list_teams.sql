SELECT t.id, t.name, t.is_default, (SELECT count(*) FROM team_members m WHERE m.team_id = t.id),
  (SELECT count(*) FROM sites s WHERE s.team_id = t.id), t.created_at
FROM teams t
ORDER BY t.is_default DESC, t.created_at, t.id
