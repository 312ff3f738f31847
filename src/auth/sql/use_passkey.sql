-- A challenge that is not younger than the one before is not taken.
UPDATE passkeys SET sign_count = ?2, backed_up = ?3, last_used_at = ?4, challenge_at = ?5 WHERE id = ?1 AND challenge_at < ?5
