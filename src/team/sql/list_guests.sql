-- Roles on single sites of a team, of those who are not in it.
SELECT m.user_id, u.email, u.given_name, u.last_name, m.role, m.added_at, s.id, s.domain
FROM site_members m JOIN sites s ON s.key = m.site JOIN users u ON u.id = m.user_id
WHERE s.team_id = ?1 AND NOT EXISTS (SELECT 1 FROM team_members t WHERE t.team_id = ?1 AND t.user_id = m.user_id)
ORDER BY u.email, u.id, s.domain
