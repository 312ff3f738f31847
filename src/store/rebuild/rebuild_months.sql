-- Months, with the number of their views and events.
SELECT month, epoch_ms(month::TIMESTAMP), epoch_ms((month + INTERVAL 1 MONTH)::TIMESTAMP), sum(rows)::BIGINT
FROM (SELECT date_trunc('month', ts)::DATE AS month, count(*) AS rows FROM earlier.sealed_hits GROUP BY ALL
      UNION ALL SELECT date_trunc('month', ts)::DATE, count(*) FROM earlier.sealed_events GROUP BY ALL
      UNION ALL SELECT date_trunc('month', day)::DATE, 0 FROM earlier.sealed_visits GROUP BY ALL)
GROUP BY month
ORDER BY month
