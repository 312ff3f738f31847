SELECT user_id FROM password_resets WHERE token_hash = ?1 AND expires_at > ?2
