SELECT text FROM texts WHERE site = $1 AND kind = $2 ORDER BY text LIMIT $3
