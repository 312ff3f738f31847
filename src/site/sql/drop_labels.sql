DELETE FROM site_labels WHERE site = ?1
