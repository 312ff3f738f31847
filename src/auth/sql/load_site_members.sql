SELECT user_id, site, role FROM site_members
