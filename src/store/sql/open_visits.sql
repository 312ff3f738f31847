-- The visits of every visitor's day that a next hit could still continue; $1 is the horizon. now_ms: the last activity by
-- the clock as it goes since it was last set back.
SELECT a.site, a.day, a.vd, a.visit, a.last_ts, a.now_ms,
       {{pinned}}
FROM (SELECT h.site, h.day, h.vd, h.visit, max(h.ts) AS last_ts,
             max(epoch_ms(h.ts) + coalesce(t.total_ms, 0)) - (SELECT coalesce(max(total_ms), 0) FROM turns) AS now_ms
      FROM (SELECT site, day, vd, visit, ts, log_offset FROM hot_hits WHERE ts > $1
            UNION ALL
            SELECT site, day, vd, visit, ts, log_offset FROM hot_events WHERE ts > $1) h
      ASOF LEFT JOIN turns t ON h.log_offset >= t.log_offset
      GROUP BY h.site, h.day, h.vd, h.visit) a
JOIN hot_visitors p ON p.site = a.site AND p.day = a.day AND p.vd = a.vd;
