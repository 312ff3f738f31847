-- A month's rows once more, in order. They have row ids above all others.
INSERT INTO {{table}} SELECT * FROM {{table}} WHERE {{time}} >= $1 AND {{time}} < $2 ORDER BY {{order}}
