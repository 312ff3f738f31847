SELECT id, user_id, created_at, expires_at, remember_at, remember_next, remember_expires_at FROM sessions
