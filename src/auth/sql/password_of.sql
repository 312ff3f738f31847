SELECT password_hash, email, EXISTS (SELECT 1 FROM totp t WHERE t.user_id = users.id AND t.setup_until IS NULL)
  OR EXISTS (SELECT 1 FROM passkeys p WHERE p.user_id = users.id)
FROM users WHERE id = ?1
