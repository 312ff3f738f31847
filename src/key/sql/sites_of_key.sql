SELECT s.id, r.role FROM api_key_sites r JOIN sites s ON s.key = r.site WHERE r.key_id = ?1 ORDER BY s.domain
