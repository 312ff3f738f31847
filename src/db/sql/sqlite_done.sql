INSERT INTO migrations (name, applied_at) VALUES ('{{name}}', unixepoch() * 1000)
