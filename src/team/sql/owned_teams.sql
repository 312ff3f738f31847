SELECT count(*) FROM team_members WHERE user_id = ?1 AND role = 'owner'
