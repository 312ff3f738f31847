-- Whose a host is, by its domain or by one that it had before.
SELECT key FROM sites WHERE domain = ?1 UNION ALL SELECT site FROM site_hosts WHERE host = ?1
