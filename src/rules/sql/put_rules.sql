INSERT INTO site_rules (site, location, referrer, network, screen, language, title, utm, engagement, kept_query,
  search_query, trusted_networks)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
ON CONFLICT (site) DO UPDATE SET location = excluded.location, referrer = excluded.referrer, network = excluded.network,
  screen = excluded.screen, language = excluded.language, title = excluded.title, utm = excluded.utm,
  engagement = excluded.engagement, kept_query = excluded.kept_query, search_query = excluded.search_query,
  trusted_networks = excluded.trusted_networks
