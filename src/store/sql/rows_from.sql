SELECT site, visit, log_offset, ts, true, page, source, channel, {{own}} FROM hot_hits WHERE log_offset >= $1
UNION ALL
SELECT site, visit, log_offset, ts, false, page, source, channel, {{own}} FROM hot_events WHERE log_offset >= $1
