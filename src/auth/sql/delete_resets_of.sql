DELETE FROM password_resets WHERE slot = ?1 OR expires_at <= ?2
