-- The visits, or days of visitors, of which some row is meant.
INSERT INTO picked_texts SELECT DISTINCT {{pick}}, who FROM ({{rows}}) rows(who)
