SELECT s.id, s.created_by, s.domain, s.zone, s.data_retention_days, s.created_at, u.email, s.subdomains,
  (SELECT group_concat(host, ' ') FROM site_excluded_hosts e WHERE e.site = s.key), s.paused_at, s.first_weekday, s.currency,
  (SELECT group_concat(host, ' ') FROM site_hosts h WHERE h.site = s.key), s.team_id, t.paused_at
FROM sites s JOIN teams t ON t.id = s.team_id LEFT JOIN users u ON u.id = s.created_by
WHERE s.key = ?1
