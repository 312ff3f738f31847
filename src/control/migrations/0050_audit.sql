-- Who changed what, when: one row of each change, written with it. Rows are added, never changed, but for names of
-- somebody who deleted his account; they go after two years. No row refers to another table: it outlives what it tells of.
CREATE TABLE audit (
  id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
  at INTEGER NOT NULL, -- UTC milliseconds
  actor_kind TEXT NOT NULL CHECK (actor_kind IN ('person', 'key', 'system')),
  actor BLOB CHECK (length(actor) = 16), -- NULL: the program itself
  actor_label TEXT NOT NULL, -- the address, the name of the key, or the task
  action TEXT NOT NULL,
  team_id BLOB CHECK (length(team_id) = 16),
  site_id BLOB CHECK (length(site_id) = 16),
  target_kind TEXT NOT NULL,
  target TEXT NOT NULL, -- id as text; '' where the kind says all
  target_label TEXT NOT NULL,
  changes TEXT NOT NULL, -- JSON: {"changes": [{"field", "before"?, "after"?}]}
  country TEXT NOT NULL CHECK (length(country) IN (0, 2)) -- from which it came
) STRICT;
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_by_actor ON audit (actor);
CREATE INDEX audit_by_target ON audit (target);
