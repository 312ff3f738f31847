SELECT name, is_default, (SELECT count(*) FROM sites WHERE team_id = teams.id), paused_at FROM teams WHERE id = ?1
