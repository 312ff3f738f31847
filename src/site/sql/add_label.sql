INSERT INTO site_labels (site, label) VALUES (?1, ?2)
