SELECT coalesce(max(rowid), -1) + 1 FROM earlier.{{table}}
