DELETE FROM site_excluded_hosts WHERE site = ?1
