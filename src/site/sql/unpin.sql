DELETE FROM site_pins WHERE user_id = ?1 AND site = ?2
