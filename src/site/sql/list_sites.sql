-- The sites that user ?1 may see, newest first: all for owner and admin of the instance; of his teams all for their
-- owners and admins; and those he made.
SELECT s.id, s.created_by, s.domain, s.zone, s.data_retention_days, s.created_at, u.email, s.subdomains,
  (SELECT group_concat(host, ' ') FROM site_excluded_hosts e WHERE e.site = s.key)
FROM sites s LEFT JOIN users u ON u.id = s.created_by
WHERE s.created_by = ?1
   OR EXISTS (SELECT 1 FROM users me WHERE me.id = ?1 AND me.role IN ('owner', 'admin'))
   OR EXISTS (SELECT 1 FROM team_members m
              WHERE m.team_id = s.team_id AND m.user_id = ?1 AND m.role IN ('owner', 'admin'))
ORDER BY s.created_at DESC, s.key DESC
