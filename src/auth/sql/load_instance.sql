SELECT 1 FROM instance
