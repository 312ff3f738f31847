-- What the rows of each table add up to (control/checksums.h), so that damage of the disk is noticed. Filled at the start.
CREATE TABLE sums (
  name TEXT PRIMARY KEY NOT NULL,
  sum INTEGER NOT NULL
) STRICT;
