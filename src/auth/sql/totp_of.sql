SELECT seed, setup_until, last_step FROM totp WHERE user_id = ?1
