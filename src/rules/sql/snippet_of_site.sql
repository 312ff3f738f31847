SELECT options FROM site_snippets WHERE site = ?1
