SELECT m.user_id, u.email, u.given_name, u.last_name, m.role, m.added_at,
  NOT EXISTS (SELECT 1 FROM team_members t JOIN sites s ON s.team_id = t.team_id WHERE s.key = m.site AND t.user_id = m.user_id)
FROM site_members m JOIN users u ON u.id = m.user_id
WHERE m.site = ?1
ORDER BY m.added_at, u.email
