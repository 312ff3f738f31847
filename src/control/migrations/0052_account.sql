-- What a person chose; NULL: nothing yet.
ALTER TABLE users ADD COLUMN number_format TEXT CHECK (number_format IN ('language', 'comma', 'point', 'space', 'apostrophe'));
ALTER TABLE users ADD COLUMN clock TEXT CHECK (clock IN ('language', '12', '24'));
ALTER TABLE users ADD COLUMN theme TEXT CHECK (theme IN ('system', 'light', 'dark'));
ALTER TABLE users ADD COLUMN default_period TEXT CHECK (length(default_period) <= 20);

-- How and from where a session began, pinned at the sign-in, and when its holder last proved that he is who he is. NULL:
-- it began before this was noted.
ALTER TABLE sessions ADD COLUMN how TEXT CHECK (how IN ('set_up', 'password', 'invitation'));
ALTER TABLE sessions ADD COLUMN proved_at INTEGER;
ALTER TABLE sessions ADD COLUMN country TEXT CHECK (length(country) IN (0, 2));
ALTER TABLE sessions ADD COLUMN browser TEXT CHECK (length(browser) <= 100);
ALTER TABLE sessions ADD COLUMN os TEXT CHECK (length(os) <= 100);

-- Addresses that wait to be confirmed by a link: the latest of each account, once. Only the SHA-256 (hex) of the token is
-- kept.
CREATE TABLE email_changes (
  user_id BLOB PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  email TEXT NOT NULL CHECK (length(email) BETWEEN 3 AND 320 AND email = trim(email)),
  token_hash TEXT NOT NULL UNIQUE CHECK (length(token_hash) = 64),
  expires_at INTEGER NOT NULL -- UTC milliseconds
) STRICT;
