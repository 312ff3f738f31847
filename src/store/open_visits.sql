-- The newest visit of every visitor's day that a next hit could still continue; $1 is the horizon.
SELECT a.site, a.day, a.visitor, a.visit, a.last_ts,
       p.browser, p.browser_major, p.os, p.device, p.language, p.country, p.screen
FROM (SELECT site, day, visitor, max(ts) AS last_ts,
             arg_max(visit, epoch_ms(ts)::HUGEINT * 18446744073709551616 + log_offset) AS visit
      FROM (SELECT site, day, visitor, visit, ts, log_offset FROM hot_hits WHERE ts > $1
            UNION ALL
            SELECT site, day, visitor, visit, ts, log_offset FROM hot_events WHERE ts > $1)
      GROUP BY site, day, visitor) a
JOIN hot_visitors p ON p.site = a.site AND p.day = a.day AND p.visitor = a.visitor;
