SELECT id, email, given_name, last_name, role, locale, active_team FROM users
