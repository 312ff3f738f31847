(SELECT site, ts, visit, vd, name, bits, 2 * value::BIGINT + 1 AS told FROM event_texts WHERE site = {{site}} AND key = {{key}}
UNION ALL
SELECT site, ts, visit, vd, name, bits, 2 * number FROM event_numbers WHERE site = {{site}} AND key = {{key}}) e