SELECT u.id FROM users u JOIN team_members m ON m.user_id = u.id AND m.team_id = ?1 WHERE lower(u.email) = ?2
