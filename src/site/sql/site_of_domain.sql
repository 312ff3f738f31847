SELECT 1 FROM sites WHERE domain = ?1
