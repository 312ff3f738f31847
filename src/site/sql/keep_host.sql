INSERT INTO site_hosts (host, site) VALUES (?1, ?2)
