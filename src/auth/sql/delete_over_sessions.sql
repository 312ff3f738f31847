-- Those whose token and remember-me cookie have ended before ?1, and those that were begun before ?2.
DELETE FROM sessions WHERE max(expires_at, coalesce(remember_expires_at, 0)) <= ?1 OR created_at <= ?2
