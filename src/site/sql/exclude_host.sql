INSERT INTO site_excluded_hosts (site, host) VALUES (?1, ?2)
