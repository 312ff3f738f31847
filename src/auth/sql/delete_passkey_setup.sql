DELETE FROM passkey_setups WHERE user_id = ?1
