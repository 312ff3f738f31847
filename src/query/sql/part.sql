SELECT {{columns}}
FROM {{source}}
WHERE {{where}}
GROUP BY ALL
