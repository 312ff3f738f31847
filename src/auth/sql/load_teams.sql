SELECT id, name, is_default, created_at, paused_at FROM teams ORDER BY is_default DESC, created_at, id
