SELECT site, day, count(*), count(*) FILTER (import <> 0)
FROM (SELECT site, day, import FROM hot_hits UNION ALL SELECT site, day, import FROM hot_events)
GROUP BY site, day
