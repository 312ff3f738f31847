SELECT site, user_id FROM site_pins ORDER BY site, user_id
