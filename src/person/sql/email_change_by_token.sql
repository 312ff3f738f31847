SELECT c.user_id, c.email, u.email FROM email_changes c JOIN users u ON u.id = c.user_id WHERE c.token_hash = ?1 AND c.expires_at > ?2
