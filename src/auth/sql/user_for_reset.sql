SELECT id, email, locale FROM users WHERE lower(email) = ?1
