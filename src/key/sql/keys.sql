-- Of a person (?1) or a team (?2); one of them (?3) or all.
SELECT k.id, k.user_id, k.team_id, k.name, k.description, k.may_read, k.may_manage, k.may_ingest, k.instance_role,
       k.every_site, k.secret_start, k.old_secret_until, k.created_by, k.created_at, k.updated_at, k.expires_at,
       k.revoked_at, u.last_used_at
FROM api_keys k LEFT JOIN api_key_uses u ON u.key_id = k.id
WHERE k.user_id IS ?1 AND k.team_id IS ?2 AND (?3 IS NULL OR k.id = ?3)
ORDER BY k.created_at DESC, k.id
