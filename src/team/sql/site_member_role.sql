SELECT m.role, u.email FROM site_members m JOIN users u ON u.id = m.user_id WHERE m.site = ?1 AND m.user_id = ?2
