SELECT id, user_id, expires_at, remember_hash, remember_before, remember_rotated_at, remember_expires_at FROM sessions
