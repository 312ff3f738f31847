-- Whose a site is may do everything with it: what somebody made who leaves becomes the oldest owner's.
UPDATE sites
SET created_by = (SELECT user_id FROM team_members WHERE team_id = ?1 AND role = 'owner' ORDER BY added_at, user_id LIMIT 1)
WHERE team_id = ?1 AND created_by = ?2
