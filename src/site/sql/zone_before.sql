-- The newest change of a site's zone: since which date the present one counts, and which was before.
SELECT until_day, zone FROM site_zones WHERE site = ?1 ORDER BY until_day DESC LIMIT 1
