UPDATE counters SET last = last + 1 WHERE name = ?1
