SELECT id, user_id, public_key, sign_count, backup_eligible FROM passkeys WHERE credential_id = ?1
