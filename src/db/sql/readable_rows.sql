INSERT INTO {{table}} SELECT * FROM earlier.{{table}} WHERE rowid >= $1 AND rowid < $2
