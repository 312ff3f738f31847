INSERT INTO sealed_months
SELECT $1, (SELECT count(*) FROM sealed_hits WHERE ts >= $2 AND ts < $3)
           + (SELECT count(*) FROM sealed_events WHERE ts >= $2 AND ts < $3), 0;
