SELECT m.user_id, u.email, u.given_name, u.last_name, m.role, m.added_at
FROM team_members m JOIN users u ON u.id = m.user_id
WHERE m.team_id = ?1
ORDER BY m.added_at, u.email
