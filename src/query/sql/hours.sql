-- The local hours of a range of quarter hours, in order: key, offset from UTC in minutes. The clock's hour and its
-- offset together make an hour, so that the repeated one in autumn is two.
SELECT quarter * 900000 - extract('minute' FROM local) * 60000 AS key,
       min(epoch_ms(local) - quarter * 900000) // 60000 AS offset_minutes
FROM (SELECT quarter, timezone($1, make_timestamptz(quarter * 900000000)) AS local
      FROM range($2::BIGINT, $3::BIGINT) AS r(quarter))
GROUP BY key
ORDER BY key
