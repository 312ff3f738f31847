INSERT INTO exclusions (id, site, kind, value, description, created_at, created_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
