INSERT INTO site_members (site, user_id, role, added_at) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (site, user_id) DO UPDATE SET role = excluded.role
