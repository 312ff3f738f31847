SELECT site, visit, log_offset, ts, 1::UTINYINT, page, {{own}} FROM hot_hits WHERE log_offset >= $1{{of}}
UNION ALL
SELECT site, visit, log_offset, ts, (CASE WHEN (site, visit, log_offset) IN (SELECT site, visit, log_offset FROM hot_quiet) THEN 2 ELSE 0 END)::UTINYINT,
       page, {{own}} FROM hot_events WHERE log_offset >= $1{{of}}
