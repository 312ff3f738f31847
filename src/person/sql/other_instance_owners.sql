SELECT count(*) FROM users WHERE id <> ?1 AND role = 'owner'
