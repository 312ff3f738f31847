SELECT id, email, given_name, last_name, role, created_at FROM users ORDER BY created_at, id
