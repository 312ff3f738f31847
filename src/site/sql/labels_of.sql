SELECT label FROM site_labels WHERE site = ?1 ORDER BY label
