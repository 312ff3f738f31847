-- Only the present token can be rotated: of two tabs that come with it, one wins.
UPDATE sessions
SET remember_hash = ?3, remember_before = ?2, remember_rotated_at = ?4, remember_expires_at = ?5
WHERE id = ?1 AND remember_hash = ?2
