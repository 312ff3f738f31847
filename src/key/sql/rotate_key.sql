UPDATE api_keys
SET old_secret_hash = CASE WHEN ?4 > ?5 THEN secret_hash END, old_secret_until = CASE WHEN ?4 > ?5 THEN ?4 END,
    secret_start = ?2, secret_hash = ?3, updated_at = ?5
WHERE id = ?1
