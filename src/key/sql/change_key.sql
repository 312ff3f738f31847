-- A key that stays switched off was switched off when it was.
UPDATE api_keys
SET name = ?2, description = ?3, may_read = ?4, may_manage = ?5, may_ingest = ?6, instance_role = ?7, every_site = ?8,
    expires_at = ?9, revoked_at = CASE WHEN ?10 THEN coalesce(revoked_at, ?11) END, updated_at = ?11
WHERE id = ?1
