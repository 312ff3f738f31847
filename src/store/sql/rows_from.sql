SELECT site, visit, log_offset, ts, 1::UTINYINT, page, {{own}} FROM hot_hits WHERE log_offset >= $1{{of}}
UNION ALL
SELECT site, visit, log_offset, ts, 0::UTINYINT, page, {{own}} FROM hot_events WHERE log_offset >= $1{{of}}
