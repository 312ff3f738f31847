-- From here on it is on.
UPDATE totp SET setup_until = NULL, last_step = ?2 WHERE user_id = ?1
