SELECT key FROM sites WHERE id = ?1
