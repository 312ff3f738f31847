SELECT count(*) FROM sites WHERE created_by = ?1
