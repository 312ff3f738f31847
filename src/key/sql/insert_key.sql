INSERT INTO api_keys (id, user_id, team_id, name, description, may_read, may_manage, may_ingest, instance_role,
                      every_site, secret_start, secret_hash, created_by, created_at, updated_at, expires_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?14, ?15)
