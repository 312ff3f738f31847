DELETE FROM counted WHERE (day >= $1 AND day < $2) OR day < $3
