SELECT id, site, kind, value, description, created_at, created_by FROM exclusions WHERE id = ?1 AND site IS ?2
