SELECT name, is_default, (SELECT count(*) FROM sites WHERE team_id = teams.id) FROM teams WHERE id = ?1
