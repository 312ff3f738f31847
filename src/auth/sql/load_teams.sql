SELECT id, name, is_default, created_at FROM teams ORDER BY is_default DESC, created_at, id
