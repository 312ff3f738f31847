INSERT INTO site_pins (user_id, site) VALUES (?1, ?2) ON CONFLICT DO NOTHING
