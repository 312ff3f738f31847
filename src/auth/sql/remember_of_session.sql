SELECT created_at, remember_at, remember_next FROM sessions WHERE id = ?1 AND remember_at IS NOT NULL
