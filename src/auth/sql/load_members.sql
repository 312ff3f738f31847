SELECT m.user_id, m.team_id, m.role
FROM team_members m JOIN teams t ON t.id = m.team_id
ORDER BY t.is_default DESC, t.created_at, t.id
