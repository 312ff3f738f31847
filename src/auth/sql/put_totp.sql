INSERT INTO totp (user_id, seed, setup_until, last_step) VALUES (?1, ?2, ?3, 0)
ON CONFLICT (user_id) DO UPDATE SET seed = excluded.seed, setup_until = excluded.setup_until, last_step = 0
