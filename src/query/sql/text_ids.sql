SELECT id, text FROM texts WHERE site = {{site}} AND kind = {{kind}} AND text IN ({{values}})
