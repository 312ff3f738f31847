DELETE FROM site_members WHERE user_id = ?2 AND site IN (SELECT key FROM sites WHERE team_id = ?1)
