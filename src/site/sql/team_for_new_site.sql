SELECT t.lane, u.email FROM teams t, users u WHERE t.id = ?1 AND u.id = ?2
