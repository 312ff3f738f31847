DELETE FROM {{table}} WHERE {{time}} >= $1 AND {{time}} < $2 AND rowid <= $3
