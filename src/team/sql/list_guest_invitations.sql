SELECT i.id, i.team_id, i.email, i.role, i.created_by, i.created_at, i.expires_at, s.id, s.domain
FROM invitations i JOIN sites s ON s.key = i.site
WHERE i.team_id = ?1 AND i.expires_at > ?2
ORDER BY i.created_at, i.id
