DELETE FROM api_key_sites WHERE key_id = ?1
