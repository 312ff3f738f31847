UPDATE sessions SET remember_at = ?2, remember_next = ?3, remember_expires_at = ?4 WHERE id = ?1
