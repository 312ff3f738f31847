INSERT INTO api_key_sites (key_id, site, role) VALUES (?1, ?2, ?3)
