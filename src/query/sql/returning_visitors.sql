-- Whose day has hot visits ($1: of a site) beside the one that it began with.
SELECT vd FROM hot_visits WHERE site = $1 AND bits = 0
