SELECT 1 FROM invitations WHERE team_id = ?1 AND coalesce(site, 0) = ?2 AND lower(email) = ?3
