-- Of a team without those to its sites, or of one site.
SELECT i.id, i.team_id, i.email, i.role, i.created_by, i.created_at, i.expires_at
FROM invitations i
WHERE i.team_id = ?1 AND coalesce(i.site, 0) = ?2 AND i.expires_at > ?3
ORDER BY i.created_at, i.id
