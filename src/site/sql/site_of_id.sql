SELECT key, team_id FROM sites WHERE id = ?1
