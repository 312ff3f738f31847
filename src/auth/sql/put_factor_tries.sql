INSERT INTO factor_tries (user_id, door, failures, last_at) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (user_id, door) DO UPDATE SET failures = excluded.failures, last_at = excluded.last_at
