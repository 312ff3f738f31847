SELECT name FROM migrations
