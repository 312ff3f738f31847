-- Who may do what: users, teams, sites, sessions. Times are UTC milliseconds, ids 16-byte UUIDs.
-- Changes travel as SQLite changesets, so every table has a primary key and there are no triggers; sqlite_sequence is
-- not in a changeset, so numbers that must never come back are counted in `counters`.

CREATE TABLE counters (
  name TEXT PRIMARY KEY NOT NULL CHECK (name IN ('site', 'lane')),
  last INTEGER NOT NULL CHECK (last BETWEEN 0 AND 4294967295)
) STRICT;
INSERT INTO counters (name, last) VALUES ('site', 0), ('lane', 0);

CREATE TABLE users (
  id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
  email TEXT NOT NULL CHECK (length(email) BETWEEN 3 AND 320 AND email = trim(email)), -- as typed
  password_hash TEXT NOT NULL, -- PHC text
  given_name TEXT NOT NULL CHECK (length(given_name) <= 120),
  last_name TEXT NOT NULL CHECK (length(last_name) <= 120),
  role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'user')), -- in the whole instance
  locale TEXT NOT NULL CHECK (length(locale) BETWEEN 2 AND 35),
  created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX users_by_email ON users (lower(email));

-- At most one row, written together with the owner: whoever inserts it has set the instance up.
CREATE TABLE instance (
  id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
  set_up_at INTEGER NOT NULL,
  set_up_by BLOB NOT NULL CHECK (length(set_up_by) = 16)
) STRICT;

CREATE TABLE teams (
  id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
  lane INTEGER NOT NULL UNIQUE CHECK (lane BETWEEN 1 AND 4294967295), -- 1 is hitkeep.db
  is_default INTEGER NOT NULL CHECK (is_default IN (0, 1)),
  created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX teams_one_default ON teams (is_default) WHERE is_default = 1;

CREATE TABLE team_members (
  team_id BLOB NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
  user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
  added_at INTEGER NOT NULL,
  PRIMARY KEY (team_id, user_id)
) STRICT;
CREATE INDEX team_members_by_user ON team_members (user_id);

CREATE TABLE sites (
  key INTEGER PRIMARY KEY NOT NULL CHECK (key BETWEEN 1 AND 4294967295),
  id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  team_id BLOB NOT NULL REFERENCES teams (id),
  domain TEXT NOT NULL UNIQUE CHECK (length(domain) BETWEEN 1 AND 253 AND domain = lower(domain)),
  zone TEXT NOT NULL CHECK (length(zone) BETWEEN 1 AND 64), -- IANA name
  data_retention_days INTEGER NOT NULL CHECK (data_retention_days BETWEEN 0 AND 36500), -- 0: for ever
  created_by BLOB REFERENCES users (id) ON DELETE SET NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sites_by_team ON sites (team_id);
CREATE INDEX sites_by_creator ON sites (created_by);

-- One row per sign-in; removing it ends the session everywhere at once.
CREATE TABLE sessions (
  id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
  user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL, -- of the latest token
  -- SHA-256 (hex) of the remember-me token. The token before the present one is kept to
  -- tell a second tab (shortly after the rotation) from a stolen cookie (later).
  remember_hash TEXT UNIQUE CHECK (length(remember_hash) = 64),
  remember_before TEXT UNIQUE CHECK (length(remember_before) = 64),
  remember_rotated_at INTEGER,
  remember_expires_at INTEGER,
  CHECK ((remember_hash IS NULL) = (remember_expires_at IS NULL)
     AND (remember_hash IS NULL) = (remember_rotated_at IS NULL)
     AND (remember_hash IS NOT NULL OR remember_before IS NULL))
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id);
