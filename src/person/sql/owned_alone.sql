-- Teams that have no other owner than ?1, with who and what is in them besides.
SELECT t.id, t.name, t.is_default, (SELECT count(*) FROM team_members o WHERE o.team_id = t.id AND o.user_id <> ?1),
  (SELECT count(*) FROM sites s WHERE s.team_id = t.id)
FROM teams t JOIN team_members m ON m.team_id = t.id AND m.user_id = ?1 AND m.role = 'owner'
WHERE NOT EXISTS (SELECT 1 FROM team_members o WHERE o.team_id = t.id AND o.user_id <> ?1 AND o.role = 'owner')
ORDER BY t.name
