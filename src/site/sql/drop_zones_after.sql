-- Changes that have not begun yet.
DELETE FROM site_zones WHERE site = ?1 AND until_day > ?2
