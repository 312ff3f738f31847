-- Rows of many lists, as numbers: they are added up as they come.
SELECT {{columns}}
FROM {{source}}
WHERE {{where}}
