-- How far this file has come in the log; changes in the same transaction as what was applied.
CREATE TABLE lane (
  id INTEGER PRIMARY KEY NOT NULL CHECK (id = 0),
  log_offset INTEGER NOT NULL CHECK (log_offset >= 0)
) STRICT;
INSERT INTO lane (id, log_offset) VALUES (0, 0);
