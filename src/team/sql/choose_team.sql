UPDATE users SET active_team = ?2 WHERE id = ?1
