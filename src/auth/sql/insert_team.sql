INSERT INTO teams (id, name, lane, is_default, created_at) VALUES (?1, ?2, ?3, ?4, ?5)
