INSERT INTO removed_lanes (lane, team_id) VALUES (?1, ?2)
