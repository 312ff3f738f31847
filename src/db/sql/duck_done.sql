INSERT INTO migrations (name, applied_at) VALUES ('{{name}}', now()::TIMESTAMP)
