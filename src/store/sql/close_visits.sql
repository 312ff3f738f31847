-- Visits that ended before the horizon $1, where none of them was closed yet.
INSERT INTO hot_closed FROM ({{outcomes}}) ORDER BY ended, site, visit
