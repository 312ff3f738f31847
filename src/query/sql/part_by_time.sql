SELECT {{columns}}
FROM (
  SELECT epoch_ms({{instant}}) // 900000 AS quarter, {{inner_columns}}
  FROM {{source}}
  WHERE {{where}}
  GROUP BY ALL)
GROUP BY ALL
