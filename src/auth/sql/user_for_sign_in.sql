SELECT id, password_hash FROM users WHERE lower(email) = ?1
