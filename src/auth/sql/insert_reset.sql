INSERT INTO password_resets (user_id, token_hash, expires_at) VALUES (?1, ?2, ?3)
