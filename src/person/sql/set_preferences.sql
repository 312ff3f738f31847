UPDATE users SET locale = ?2, number_format = ?3, clock = ?4, theme = ?5, default_period = ?6 WHERE id = ?1
