SELECT max(rowid) FROM {{table}}
