SELECT id, text FROM texts WHERE kind = {{kind}} AND text IN ({{values}})
