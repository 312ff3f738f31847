SELECT i.id, i.team_id, i.site, i.email, i.role, t.name, s.domain, s.id,
  EXISTS (SELECT 1 FROM users WHERE lower(email) = lower(i.email))
FROM invitations i JOIN teams t ON t.id = i.team_id LEFT JOIN sites s ON s.key = i.site
WHERE i.token_hash = ?1 AND i.expires_at > ?2
