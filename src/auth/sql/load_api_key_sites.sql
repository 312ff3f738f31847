SELECT key_id, site, role FROM api_key_sites
