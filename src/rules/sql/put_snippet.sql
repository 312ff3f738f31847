INSERT INTO site_snippets (site, options) VALUES (?1, ?2)
ON CONFLICT (site) DO UPDATE SET options = excluded.options
