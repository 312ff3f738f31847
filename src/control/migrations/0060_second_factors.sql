-- What people prove besides their password. A seed is encrypted (AES-256-GCM) with a key that is not in this file; of codes
-- only a hash under that key is kept.
CREATE TABLE totp (
  user_id BLOB PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  seed TEXT NOT NULL, -- base64url
  setup_until INTEGER, -- UTC milliseconds: until then it waits to be confirmed; NULL: it is on
  last_step INTEGER NOT NULL -- whose code was taken last: none is taken twice
) STRICT;

-- Each works once; used ones stay until there are others, so that people see how many are left of how many.
CREATE TABLE recovery_codes (
  user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  code_hash TEXT NOT NULL CHECK (length(code_hash) = 64),
  used_at INTEGER,
  PRIMARY KEY (user_id, code_hash)
) STRICT;

-- Wrong codes of an account. Browsers that signed in before have a count of their own, and so have sessions, so that
-- nobody else keeps the account's holder out.
CREATE TABLE factor_tries (
  user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  door TEXT NOT NULL CHECK (door IN ('stranger', 'device', 'session')),
  failures INTEGER NOT NULL CHECK (failures BETWEEN 1 AND 1000000),
  last_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, door)
) STRICT;

-- What was given besides `how` when a session began; NULL: nothing.
ALTER TABLE sessions ADD COLUMN factor TEXT CHECK (factor IN ('totp', 'recovery_code'));
