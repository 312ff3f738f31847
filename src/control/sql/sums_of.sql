-- What is summed up, and the statement that reads it whole. When migrations ran says nothing about what they did.
SELECT name, CASE name WHEN 'migrations' THEN 'SELECT name FROM migrations'
                       ELSE 'SELECT * FROM "' || replace(name, '"', '""') || '"' END
FROM sqlite_schema WHERE type = 'table' AND name <> 'sums' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
UNION ALL
SELECT 'sqlite_schema', 'SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE ''sqlite\_%'' ESCAPE ''\'''
