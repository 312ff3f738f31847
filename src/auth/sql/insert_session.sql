INSERT INTO sessions (id, user_id, created_at, expires_at, remember_at, remember_expires_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
