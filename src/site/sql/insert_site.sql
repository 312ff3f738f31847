INSERT INTO sites (key, id, team_id, domain, zone, data_retention_days, created_by, created_at, subdomains)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
