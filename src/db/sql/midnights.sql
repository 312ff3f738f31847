-- A local midnight that does not exist (clocks go forward at 0:00) is the instant of the change: the day's first.
-- One that exists twice (clocks go back to 0:00) is taken as the later: its day then begins before it.
WITH midnights AS MATERIALIZED (
  SELECT d, timezone($1, d) AS start
  FROM generate_series(TIMESTAMP '2000-01-01', TIMESTAMP '2060-01-01', INTERVAL 1 DAY) AS s(d))
SELECT epoch_ms(start), timezone($1, start - INTERVAL 1 MILLISECOND)::DATE = d::DATE
FROM midnights ORDER BY d
