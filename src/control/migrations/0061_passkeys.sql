-- Keys that browsers and devices hold for a person. Only their public halves are here.
CREATE TABLE passkeys (
  id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
  user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  credential_id TEXT NOT NULL UNIQUE CHECK (length(credential_id) BETWEEN 1 AND 1364), -- base64url
  public_key TEXT NOT NULL CHECK (length(public_key) <= 1024), -- COSE, base64url
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
  transports TEXT NOT NULL, -- how it can be reached, with commas between
  sign_count INTEGER NOT NULL, -- that it said last; 0: it does not count
  backup_eligible INTEGER NOT NULL CHECK (backup_eligible IN (0, 1)), -- other devices can have it, too
  backed_up INTEGER NOT NULL CHECK (backed_up <= backup_eligible), -- they have
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  last_used_at INTEGER,
  challenge_at INTEGER NOT NULL -- when the challenge was made that it signed last: none is taken twice, nor an older one
) STRICT;
CREATE INDEX passkeys_by_user ON passkeys (user_id);

-- Who is about to make one; the latest of each account, for one session.
CREATE TABLE passkey_setups (
  user_id BLOB PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  session_id BLOB NOT NULL CHECK (length(session_id) = 16),
  challenge TEXT NOT NULL CHECK (length(challenge) = 43), -- base64url
  name TEXT NOT NULL,
  setup_until INTEGER NOT NULL -- UTC milliseconds
) STRICT;

-- Sessions can begin with one, or with one besides.
CREATE TABLE sessions_anew (
  id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
  user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL, -- of the latest token
  -- Issue of the remember-me secret that is in use, and of the one that was handed out to take its place, until that is
  -- used for the first time.
  remember_at INTEGER,
  remember_next INTEGER CHECK (remember_next > remember_at),
  remember_expires_at INTEGER,
  how TEXT CHECK (how IN ('set_up', 'password', 'invitation', 'passkey')),
  proved_at INTEGER,
  country TEXT CHECK (length(country) IN (0, 2)),
  browser TEXT CHECK (length(browser) <= 100),
  os TEXT CHECK (length(os) <= 100),
  factor TEXT CHECK (factor IN ('totp', 'recovery_code', 'passkey', 'email_link')),
  CHECK ((remember_at IS NULL) = (remember_expires_at IS NULL)
     AND (remember_at IS NOT NULL OR remember_next IS NULL))
) STRICT;
INSERT INTO sessions_anew (id, user_id, created_at, expires_at, remember_at, remember_next, remember_expires_at, how, proved_at,
  country, browser, os, factor)
SELECT id, user_id, created_at, expires_at, remember_at, remember_next, remember_expires_at, how, proved_at, country, browser, os,
  factor
FROM sessions;
DROP TABLE sessions;
ALTER TABLE sessions_anew RENAME TO sessions;
CREATE INDEX sessions_by_user ON sessions (user_id);
