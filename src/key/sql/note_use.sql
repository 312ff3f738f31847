-- A key that is gone was used in vain.
INSERT INTO api_key_uses (key_id, last_used_at) SELECT id, ?2 FROM api_keys WHERE id = ?1
ON CONFLICT (key_id) DO UPDATE SET last_used_at = max(last_used_at, excluded.last_used_at)
