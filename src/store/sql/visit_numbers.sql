-- The highest numbers of visits that were given, of sealed rows and of hot ones, and the highest ordinals of sealed visitors.
SELECT site, visit, vd FROM numbers
UNION ALL
SELECT site, max(visit), 0 FROM hot_visits GROUP BY site
