INSERT INTO site_zones (site, until_day, zone) VALUES (?1, ?2, ?3)
