SELECT kind, id, text FROM earlier.texts WHERE id <> 0 AND kind IN (0, 3)
