DELETE FROM site_hosts WHERE host = ?1 AND site = ?2
