
LEFT JOIN (SELECT visit, {{place}}, value::BIGINT AS told FROM {{texts}}
           WHERE site = {{site}} AND key = {{key}} AND {{time}} >= {{from}} AND {{time}} < {{to}}
           UNION ALL
           SELECT visit, {{place}}, {{zero}} + number FROM {{numbers}}
           WHERE site = {{site}} AND key = {{key}} AND {{time}} >= {{from}} AND {{time}} < {{to}}) {{property}}
  ON {{property}}.visit = {{row}}.visit AND {{property}}.{{place}} = {{row}}.{{place}}