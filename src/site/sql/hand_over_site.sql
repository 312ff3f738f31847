UPDATE sites SET created_by = ?2 WHERE key = ?1
