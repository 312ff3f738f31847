SELECT session_id, challenge, name, setup_until FROM passkey_setups WHERE user_id = ?1
