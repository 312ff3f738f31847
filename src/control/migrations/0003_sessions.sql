-- A remember-me cookie is a signature over its session and the time of its issue (docs/identity.md), so that a session
-- keeps only times. Cookies of the form before are worth nothing any more; sessions go on until their token ends.
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
  CHECK ((remember_at IS NULL) = (remember_expires_at IS NULL)
     AND (remember_at IS NOT NULL OR remember_next IS NULL))
) STRICT;
INSERT INTO sessions_anew (id, user_id, created_at, expires_at) SELECT id, user_id, created_at, expires_at FROM sessions;
DROP TABLE sessions;
ALTER TABLE sessions_anew RENAME TO sessions;
CREATE INDEX sessions_by_user ON sessions (user_id);

-- Links to set a new password: the latest of each user, usable once. Only the SHA-256 (hex) of the token is kept.
CREATE TABLE password_resets_anew (
  slot BLOB PRIMARY KEY NOT NULL CHECK (length(slot) = 16), -- the user's id; zeros: see user_id
  -- NULL in the row of zeros, which is written for addresses without an account, so that they cost the same work.
  user_id BLOB REFERENCES users (id) ON DELETE CASCADE,
  token_hash TEXT NOT NULL UNIQUE CHECK (length(token_hash) = 64),
  expires_at INTEGER NOT NULL -- UTC milliseconds
) STRICT;
INSERT INTO password_resets_anew (slot, user_id, token_hash, expires_at)
SELECT user_id, user_id, token_hash, expires_at FROM password_resets;
DROP TABLE password_resets;
ALTER TABLE password_resets_anew RENAME TO password_resets;
CREATE INDEX password_resets_by_user ON password_resets (user_id);
