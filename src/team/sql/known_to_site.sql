-- An account that belongs to the site's team, or to the site, already: it can be given a role without being asked.
SELECT u.id FROM users u
WHERE lower(u.email) = ?3
  AND (EXISTS (SELECT 1 FROM team_members WHERE team_id = ?2 AND user_id = u.id)
    OR EXISTS (SELECT 1 FROM site_members WHERE site = ?1 AND user_id = u.id))
