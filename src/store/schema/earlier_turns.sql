-- One row for each time that the machine's clock was set back: the record that showed it, and by how much all of them until
-- then together. So what is before log_offset and still goes on can be told in the time that the clock shows now.
CREATE TABLE turns (log_offset UBIGINT NOT NULL, total_ms BIGINT NOT NULL);
