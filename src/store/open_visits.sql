-- The visits of every visitor's day that a next hit could still continue; $1 is the horizon.
SELECT a.site, a.day, a.visitor, a.visit, a.last_ts,
       p.browser, p.browser_major, p.os, p.device, p.language, p.country, p.screen
FROM (SELECT site, day, visitor, visit, max(ts) AS last_ts
      FROM (SELECT site, day, visitor, visit, ts FROM hot_hits WHERE ts > $1
            UNION ALL
            SELECT site, day, visitor, visit, ts FROM hot_events WHERE ts > $1)
      GROUP BY site, day, visitor, visit) a
JOIN hot_visitors p ON p.site = a.site AND p.day = a.day AND p.visitor = a.visitor;
