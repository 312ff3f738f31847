SELECT 1 FROM pragma_table_info('lane') WHERE name = 'timeline'
