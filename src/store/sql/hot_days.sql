SELECT site, day, count(*)
FROM (SELECT site, day FROM hot_hits UNION ALL SELECT site, day FROM hot_events)
GROUP BY site, day
