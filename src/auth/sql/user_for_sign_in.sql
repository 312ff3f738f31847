SELECT id, password_hash, EXISTS (SELECT 1 FROM totp t WHERE t.user_id = users.id AND t.setup_until IS NULL),
  EXISTS (SELECT 1 FROM recovery_codes c WHERE c.user_id = users.id AND c.used_at IS NULL),
  EXISTS (SELECT 1 FROM passkeys p WHERE p.user_id = users.id)
FROM users WHERE lower(email) = ?1
