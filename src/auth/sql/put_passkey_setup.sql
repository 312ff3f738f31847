INSERT INTO passkey_setups (user_id, session_id, challenge, name, setup_until) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (user_id) DO UPDATE SET session_id = excluded.session_id, challenge = excluded.challenge, name = excluded.name,
  setup_until = excluded.setup_until
