-- What months have without the rows of these sites. Which of them were sorted nobody knows: as many as there were, if so
-- many are left.
CREATE OR REPLACE TEMP TABLE erased_months AS
SELECT m.month, m.sorted, m.appended, e.rows
FROM sealed_months m
JOIN (SELECT date_trunc('month', ts)::DATE AS month, count(*) AS rows
      FROM (SELECT site, ts FROM sealed_hits UNION ALL SELECT site, ts FROM sealed_events)
      WHERE site IN (SELECT site FROM temp.erased_sites) GROUP BY ALL) e ON e.month = m.month;
DELETE FROM sealed_months WHERE month IN (SELECT month FROM erased_months);
INSERT INTO sealed_months
SELECT month, (sorted - least(sorted, rows))::UBIGINT,
       (appended - least(appended, greatest(rows, sorted) - sorted))::UBIGINT
FROM erased_months ORDER BY month;
DROP TABLE erased_months
