DELETE FROM sessions WHERE max(expires_at, coalesce(remember_expires_at, 0)) <= ?1
