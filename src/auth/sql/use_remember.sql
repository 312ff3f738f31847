-- The first use of the secret that was handed out ends the one before it.
UPDATE sessions SET remember_at = remember_next, remember_next = NULL WHERE id = ?1 AND remember_next = ?2
