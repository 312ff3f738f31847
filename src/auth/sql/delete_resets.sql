DELETE FROM password_resets WHERE user_id = ?1 OR expires_at <= ?2
