UPDATE users SET active_team = NULL WHERE id = ?2 AND active_team = ?1
