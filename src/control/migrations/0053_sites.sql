-- Since when a site counts nothing; NULL: it counts.
ALTER TABLE sites ADD COLUMN paused_at INTEGER;
-- 1 Monday … 7 Sunday, and ISO 4217; NULL: as the reader's language has it.
ALTER TABLE sites ADD COLUMN first_weekday INTEGER CHECK (first_weekday BETWEEN 1 AND 7);
ALTER TABLE sites ADD COLUMN currency TEXT CHECK (length(currency) = 3);

-- Domains that a site had before it was renamed, and that still count for it.
CREATE TABLE site_hosts (
  host TEXT PRIMARY KEY NOT NULL CHECK (length(host) BETWEEN 1 AND 253 AND host = lower(host)),
  site INTEGER NOT NULL REFERENCES sites (key) ON DELETE CASCADE
) STRICT;
CREATE INDEX site_hosts_by_site ON site_hosts (site);
