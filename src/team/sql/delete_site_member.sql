DELETE FROM site_members WHERE site = ?1 AND user_id = ?2
