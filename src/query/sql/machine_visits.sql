-- Visits that began on these days ($2 to $3), of the shadow key of a site ($1).
SELECT (SELECT count(*) FROM sealed_visits WHERE site = $1 AND day >= $2 AND day <= $3 {{within}})
       + (SELECT count(*) FROM hot_visits WHERE site = $1 AND day >= $2 AND day <= $3 {{within}})
