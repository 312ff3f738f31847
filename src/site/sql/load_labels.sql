SELECT site, label FROM site_labels ORDER BY site, label
