SELECT m.role, u.email FROM team_members m JOIN users u ON u.id = m.user_id WHERE m.team_id = ?1 AND m.user_id = ?2
