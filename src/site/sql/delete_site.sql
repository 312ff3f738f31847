DELETE FROM sites WHERE key = ?1
