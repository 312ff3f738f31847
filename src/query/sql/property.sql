
LEFT JOIN (SELECT ts, visit, {{place}}, 2 * value::BIGINT + 1 AS told FROM {{texts}}
           WHERE site = {{site}} AND key = {{key}} AND ts >= {{from}} AND ts < {{to}}
           UNION ALL
           SELECT ts, visit, {{place}}, 2 * number FROM {{numbers}}
           WHERE site = {{site}} AND key = {{key}} AND ts >= {{from}} AND ts < {{to}}) {{property}}
  ON {{property}}.visit = e.visit AND {{property}}.{{place}} = e.{{place}} AND {{property}}.ts = e.ts