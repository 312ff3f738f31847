-- The places of which the dictionary of a file (kind $1) has learnt since ($2).
SELECT id, text FROM texts WHERE site = 0 AND kind = $1 AND id > $2 ORDER BY id
