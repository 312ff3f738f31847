SELECT s.key, s.id, s.team_id, t.lane, s.created_by, s.domain, s.zone, s.data_retention_days, s.created_at
FROM sites s JOIN teams t ON t.id = s.team_id
ORDER BY s.key
