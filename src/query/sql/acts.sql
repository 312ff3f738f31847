-- What visits did, and the place of each row among those of one instant.
SELECT {{row}}.visit, {{row}}.ts, {{what}}::UINTEGER, {{place}}
FROM {{table}} {{row}}{{joins}}
WHERE {{row}}.site = {{site}} AND {{row}}.ts >= {{from}} AND {{row}}.ts < {{to}}{{only}}
