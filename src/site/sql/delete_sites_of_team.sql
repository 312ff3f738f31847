DELETE FROM sites WHERE team_id = ?1
