INSERT INTO event_texts
SELECT site, name, key, (epoch_ms(ts) // 900000)::UINTEGER AS quarter, visit, n, value,
       (row_number() OVER (PARTITION BY site, vd, name, key, value ORDER BY ts, visit, n) = 1)::UTINYINT
FROM moved WHERE number IS NULL
ORDER BY date_trunc('month', ts), site, name, key, quarter, visit, n;
INSERT INTO event_numbers
SELECT site, name, key, (epoch_ms(ts) // 900000)::UINTEGER AS quarter, visit, n, number,
       (row_number() OVER (PARTITION BY site, vd, name, key, number ORDER BY ts, visit, n) = 1)::UTINYINT
FROM moved WHERE number IS NOT NULL
ORDER BY date_trunc('month', ts), site, name, key, quarter, visit, n;
DELETE FROM applied;
INSERT INTO applied SELECT log_offset, log_time, timeline FROM earlier.applied;
