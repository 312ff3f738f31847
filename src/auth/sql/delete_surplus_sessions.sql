-- Keeps the newest ?2 sessions of user ?1.
DELETE FROM sessions
WHERE user_id = ?1
  AND id NOT IN (SELECT id FROM sessions WHERE user_id = ?1 ORDER BY created_at DESC, id DESC LIMIT ?2)
