INSERT INTO teams (id, name, lane, is_default, created_at) VALUES (?1, ?2, ?3, 0, ?4)
