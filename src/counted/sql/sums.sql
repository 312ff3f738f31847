-- What became of what came to a site on days of [$2, $3), by outcome and what it is told apart by. $4: the kind of those texts.
SELECT c.reason, c.kind, coalesce(a.text, ''), max(coalesce(e.text, '')), sum(c.hits)::UBIGINT, max(c.last)
FROM counted c
LEFT JOIN texts a ON a.site = $1 AND a.kind = $4 AND a.id = c.agent
LEFT JOIN texts e ON e.site = $1 AND e.kind = $4 AND e.id = c.example
WHERE c.site = $1 AND c.day >= $2 AND c.day < $3
GROUP BY c.reason, c.kind, coalesce(a.text, '')
