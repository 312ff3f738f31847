UPDATE teams SET paused_at = ?2 WHERE id = ?1
