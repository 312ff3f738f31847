INSERT INTO invitations (id, team_id, site, email, role, token_hash, created_by, created_at, expires_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
