-- Whether hosts below a site's domain that are no site of their own count for it; NULL: nobody has decided, so they
-- don't, and the owner is asked.
ALTER TABLE sites ADD COLUMN subdomains INTEGER CHECK (subdomains IN (0, 1));

-- Hosts below a site's domain that are left out, each with whatever lies below it.
CREATE TABLE site_excluded_hosts (
  site INTEGER NOT NULL REFERENCES sites (key) ON DELETE CASCADE,
  host TEXT NOT NULL CHECK (length(host) BETWEEN 1 AND 253 AND host = lower(host)),
  PRIMARY KEY (site, host)
) STRICT;

-- Until now 365 stood in every site without anybody's choice, and nothing was deleted: such a site keeps for ever.
UPDATE sites SET data_retention_days = 0 WHERE data_retention_days = 365;
