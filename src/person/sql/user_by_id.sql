SELECT email, role FROM users WHERE id = ?1
