-- Links to set a new password: the latest of each user, usable once. Only the SHA-256 (hex) of the token is kept.
CREATE TABLE password_resets (
  user_id BLOB PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  token_hash TEXT NOT NULL UNIQUE CHECK (length(token_hash) = 64),
  expires_at INTEGER NOT NULL -- UTC milliseconds
) STRICT;
