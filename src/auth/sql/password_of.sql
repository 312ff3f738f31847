SELECT password_hash, email, EXISTS (SELECT 1 FROM totp t WHERE t.user_id = users.id AND t.setup_until IS NULL)
FROM users WHERE id = ?1
