SELECT {{columns}}
FROM (
  SELECT epoch_ms({{instant}}) // {{ms}} AS quarter, {{inner_columns}}
  FROM {{source}}
  WHERE {{where}}
  GROUP BY ALL)
GROUP BY ALL
