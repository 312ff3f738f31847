SELECT last FROM counters WHERE name = ?1
