SELECT s.id, s.created_by, s.domain, s.zone, s.data_retention_days, s.created_at, u.email, s.subdomains,
  (SELECT group_concat(host, ' ') FROM site_excluded_hosts e WHERE e.site = s.key)
FROM sites s LEFT JOIN users u ON u.id = s.created_by
WHERE s.key = ?1
