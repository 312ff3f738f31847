-- What is not counted: of one site, or everywhere.
CREATE TABLE exclusions (
  id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
  site INTEGER REFERENCES sites (key) ON DELETE CASCADE, -- NULL: of every site
  kind TEXT NOT NULL CHECK (kind IN ('cidr', 'country', 'path', 'host', 'query')),
  value TEXT NOT NULL CHECK (length(value) BETWEEN 1 AND 255),
  description TEXT NOT NULL CHECK (length(description) <= 255),
  created_at INTEGER NOT NULL, -- UTC milliseconds
  created_by BLOB CHECK (length(created_by) = 16) -- a user who may be gone
) STRICT;
CREATE INDEX exclusions_by_site ON exclusions (site);

-- What is kept of a hit; a site without a row keeps everything but queries. Lists are separated by blanks.
CREATE TABLE site_rules (
  site INTEGER PRIMARY KEY NOT NULL REFERENCES sites (key) ON DELETE CASCADE,
  location TEXT NOT NULL CHECK (location IN ('none', 'country', 'region', 'city')),
  referrer TEXT NOT NULL CHECK (referrer IN ('none', 'host', 'path')),
  network INTEGER NOT NULL CHECK (network IN (0, 1)),
  screen INTEGER NOT NULL CHECK (screen IN (0, 1)),
  language INTEGER NOT NULL CHECK (language IN (0, 1)),
  title INTEGER NOT NULL CHECK (title IN (0, 1)),
  utm INTEGER NOT NULL CHECK (utm IN (0, 1)),
  engagement INTEGER NOT NULL CHECK (engagement IN (0, 1)),
  kept_query TEXT NOT NULL,
  search_query TEXT NOT NULL,
  trusted_networks TEXT NOT NULL
) STRICT;
