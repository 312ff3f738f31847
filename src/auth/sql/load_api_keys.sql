SELECT id, user_id, team_id, may_read, may_manage, may_ingest, instance_role, every_site, expires_at, revoked_at,
       secret_hash, old_secret_hash, old_secret_until
FROM api_keys
