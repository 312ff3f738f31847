INSERT INTO passkeys (id, user_id, credential_id, public_key, name, transports, sign_count, backup_eligible, backed_up, created_at,
  updated_at, last_used_at, challenge_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, NULL, ?10)
