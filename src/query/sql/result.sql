-- One result. parts: sealed and hot aggregates of each table; sums: one row per group.
WITH parts AS (
{{parts}}),
sums AS (
  SELECT {{keys}}{{sums}}
  FROM parts
  {{only}}
  GROUP BY ALL)
SELECT {{keys}}{{names}}{{metrics}}, count(*) OVER () AS rows
FROM sums{{texts}}
{{order}}
