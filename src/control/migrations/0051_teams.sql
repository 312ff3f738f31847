-- The team that somebody works in; NULL: the first of his.
ALTER TABLE users ADD COLUMN active_team BLOB REFERENCES teams (id) ON DELETE SET NULL;

-- Roles on single sites, beside what the role in the team is worth there. Who has only these is a guest.
CREATE TABLE site_members (
  site INTEGER NOT NULL REFERENCES sites (key) ON DELETE CASCADE,
  user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'editor', 'viewer')),
  added_at INTEGER NOT NULL,
  PRIMARY KEY (site, user_id)
) STRICT;
CREATE INDEX site_members_by_user ON site_members (user_id);

-- Invitations that nobody has accepted yet; an accepted or revoked one is no row any more. Only the SHA-256 (hex) of the
-- token is kept.
CREATE TABLE invitations (
  id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
  team_id BLOB NOT NULL REFERENCES teams (id) ON DELETE CASCADE, -- of the site, where there is one
  site INTEGER REFERENCES sites (key) ON DELETE CASCADE, -- NULL: into the team
  email TEXT NOT NULL CHECK (length(email) BETWEEN 3 AND 320 AND email = trim(email)), -- whom alone it is for
  role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'editor', 'viewer', 'member')),
  token_hash TEXT NOT NULL UNIQUE CHECK (length(token_hash) = 64),
  created_by BLOB REFERENCES users (id) ON DELETE SET NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  CHECK (CASE WHEN site IS NULL THEN role IN ('admin', 'member') ELSE role <> 'member' END)
) STRICT;
CREATE UNIQUE INDEX invitations_by_address ON invitations (team_id, coalesce(site, 0), lower(email));
CREATE INDEX invitations_by_site ON invitations (site);
CREATE INDEX invitations_by_creator ON invitations (created_by);
CREATE INDEX users_by_active_team ON users (active_team);
