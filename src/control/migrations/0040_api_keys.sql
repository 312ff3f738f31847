-- What programs show instead of a session. A key is a person's or a team's; the secret is random and only its SHA-256
-- (hex) is kept. Times are UTC milliseconds.
CREATE TABLE api_keys (
  id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
  user_id BLOB REFERENCES users (id) ON DELETE CASCADE,
  team_id BLOB REFERENCES teams (id) ON DELETE CASCADE,
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
  description TEXT NOT NULL CHECK (length(description) <= 500),
  may_read INTEGER NOT NULL CHECK (may_read IN (0, 1)),
  may_manage INTEGER NOT NULL CHECK (may_manage IN (0, 1)),
  may_ingest INTEGER NOT NULL CHECK (may_ingest IN (0, 1)),
  instance_role TEXT NOT NULL CHECK (instance_role IN ('owner', 'admin', 'user')), -- its holder's counts up to this
  every_site INTEGER NOT NULL CHECK (every_site IN (0, 1)), -- 0: those of api_key_sites
  secret_start TEXT NOT NULL CHECK (length(secret_start) <= 16), -- what is shown, to tell keys apart
  secret_hash TEXT NOT NULL UNIQUE CHECK (length(secret_hash) = 64),
  -- The secret before a rotation, good until then.
  old_secret_hash TEXT UNIQUE CHECK (length(old_secret_hash) = 64),
  old_secret_until INTEGER,
  created_by BLOB REFERENCES users (id) ON DELETE SET NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER, -- switched off
  CHECK ((user_id IS NULL) <> (team_id IS NULL)),
  CHECK ((old_secret_hash IS NULL) = (old_secret_until IS NULL))
) STRICT;
CREATE INDEX api_keys_by_user ON api_keys (user_id);
CREATE INDEX api_keys_by_team ON api_keys (team_id);
CREATE INDEX api_keys_by_creator ON api_keys (created_by);

CREATE TABLE api_key_sites (
  key_id BLOB NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
  site INTEGER NOT NULL REFERENCES sites (key) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'editor', 'viewer')), -- what the key is there at most
  PRIMARY KEY (key_id, site)
) STRICT;
CREATE INDEX api_key_sites_by_site ON api_key_sites (site);

-- Apart from the keys: it changes every few minutes, and takes nobody's rights away.
CREATE TABLE api_key_uses (
  key_id BLOB PRIMARY KEY NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
  last_used_at INTEGER NOT NULL
) STRICT;
