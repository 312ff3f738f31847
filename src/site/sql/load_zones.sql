-- What sites had before, the oldest first.
SELECT site, until_day, zone FROM site_zones ORDER BY site, until_day
