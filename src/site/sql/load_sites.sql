SELECT s.key, s.id, s.team_id, t.lane, s.created_by, s.domain, s.zone, s.data_retention_days, s.created_at, s.subdomains,
  (SELECT group_concat(host, ' ') FROM site_excluded_hosts e WHERE e.site = s.key), s.paused_at, s.first_weekday, s.currency,
  (SELECT group_concat(host, ' ') FROM site_hosts h WHERE h.site = s.key), t.paused_at
FROM sites s JOIN teams t ON t.id = s.team_id
ORDER BY s.key
