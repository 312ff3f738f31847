SELECT table_name FROM duckdb_tables() WHERE database_name = 'earlier' AND NOT internal ORDER BY table_name
