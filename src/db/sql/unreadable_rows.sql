SELECT count(*) FROM earlier.{{table}} WHERE rowid >= $1 AND rowid < $2
