-- The instant at which a zone's clocks show what they show at $2, some days before ($3), and their offset then in minutes.
-- A time that they skip on that day is as far behind the change; of one that they show twice it is the second.
SELECT epoch_ms(instant), (epoch_ms(timezone($1, instant)) - epoch_ms(instant)) // 60000
FROM (SELECT timezone($1, timezone($1, make_timestamptz($2::BIGINT * 1000)) - to_days($3::INTEGER)) AS instant)
