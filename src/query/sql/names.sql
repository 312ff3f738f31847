SELECT kind, id, text FROM texts WHERE site = {{site}} AND kind = {{kind}} AND id IN ({{ids}})
