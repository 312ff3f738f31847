(SELECT site, quarter, name, bits, value::BIGINT AS told FROM event_texts WHERE site = {{site}} AND key = {{key}} AND name <> 0
UNION ALL
SELECT site, quarter, name, bits, {{zero}} + number FROM event_numbers WHERE site = {{site}} AND key = {{key}} AND name <> 0) e