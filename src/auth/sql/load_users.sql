SELECT id, email, given_name, last_name, role, locale, active_team, number_format, clock, theme, default_period FROM users
