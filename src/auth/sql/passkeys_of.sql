SELECT id, name, credential_id, transports, backup_eligible, backed_up, created_at, updated_at, last_used_at FROM passkeys
WHERE user_id = ?1 ORDER BY created_at, id
