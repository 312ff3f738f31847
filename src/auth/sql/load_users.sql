SELECT id, email, given_name, last_name, role, locale FROM users
