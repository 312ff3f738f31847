SELECT site, location, referrer, network, screen, language, title, utm, engagement, kept_query, search_query, trusted_networks
FROM site_rules
