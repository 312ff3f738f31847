-- The dictionary ids that a filter's texts mean; they may be many, so they stay in the database.
INSERT INTO picked_texts
SELECT {{pick}}, id FROM texts WHERE site = {{site}} AND kind = {{kind}} AND ({{test}})
