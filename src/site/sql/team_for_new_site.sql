SELECT t.id, t.lane, u.email, u.role
FROM team_members m JOIN teams t ON t.id = m.team_id JOIN users u ON u.id = m.user_id
WHERE m.user_id = ?1
ORDER BY t.is_default DESC, t.created_at, t.id
LIMIT 1
