SELECT password_hash, email FROM users WHERE id = ?1
