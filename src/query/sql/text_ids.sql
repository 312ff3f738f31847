SELECT id, text FROM texts WHERE text IN ({{values}})
