SELECT count(*) FROM api_keys WHERE user_id IS ?1 AND team_id IS ?2
