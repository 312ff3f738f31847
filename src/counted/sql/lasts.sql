-- When something of each kind was last counted, and by which door; since when anything is.
SELECT c.kind, coalesce(a.text, ''), max(c.last), (SELECT min(day) FROM counted WHERE site = $1)
FROM counted c
LEFT JOIN texts a ON a.site = $1 AND a.kind = $2 AND a.id = c.agent
WHERE c.site = $1 AND c.reason = 0
GROUP BY c.kind, coalesce(a.text, '')
