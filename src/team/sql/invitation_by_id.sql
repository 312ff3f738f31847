SELECT id, team_id, email, role, created_by, created_at, expires_at FROM invitations WHERE id = ?1 AND team_id = ?2 AND coalesce(site, 0) = ?3
