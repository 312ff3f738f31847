
LEFT JOIN (SELECT id, min(id) OVER (PARTITION BY region) AS stands
           FROM (SELECT id, {{region}} AS region FROM texts WHERE site = 0 AND kind = {{kind}})
           WHERE region <> '') {{regions}} ON {{regions}}.id = {{key}}