SELECT id, site, kind, value, description, created_at, created_by FROM exclusions ORDER BY created_at, id
