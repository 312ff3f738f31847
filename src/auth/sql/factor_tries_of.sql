SELECT failures, last_at FROM factor_tries WHERE user_id = ?1 AND door = ?2
