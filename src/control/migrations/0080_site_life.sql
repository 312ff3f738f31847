-- What sites are grouped by.
CREATE TABLE site_labels (
  site INTEGER NOT NULL REFERENCES sites (key) ON DELETE CASCADE,
  label TEXT NOT NULL CHECK (length(label) BETWEEN 1 AND 40 AND label = trim(label)),
  PRIMARY KEY (site, label)
) STRICT;

-- Sites that somebody has in front of the others.
CREATE TABLE site_pins (
  user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  site INTEGER NOT NULL REFERENCES sites (key) ON DELETE CASCADE,
  PRIMARY KEY (user_id, site)
) STRICT;
CREATE INDEX site_pins_by_site ON site_pins (site);

-- Zones that a site had before: its dates before that one are cut by it.
CREATE TABLE site_zones (
  site INTEGER NOT NULL REFERENCES sites (key) ON DELETE CASCADE,
  until_day INTEGER NOT NULL, -- days since 1970
  zone TEXT NOT NULL CHECK (length(zone) BETWEEN 1 AND 64), -- IANA name
  PRIMARY KEY (site, until_day)
) STRICT;

-- Since when no site of the team counts anything; NULL: they count.
ALTER TABLE teams ADD COLUMN paused_at INTEGER;

-- Numbers of teams that were deleted: what the log still holds for their files is nobody's.
CREATE TABLE removed_lanes (
  lane INTEGER PRIMARY KEY NOT NULL CHECK (lane BETWEEN 2 AND 4294967295),
  team_id BLOB NOT NULL CHECK (length(team_id) = 16)
) STRICT;

-- Lists of a team's and a site's entries begin with the newest.
CREATE INDEX audit_by_team ON audit (team_id, at);
CREATE INDEX audit_by_site ON audit (site_id, at);
