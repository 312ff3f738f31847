INSERT INTO counted SELECT * FROM temp.tidied ORDER BY site, day, reason, kind, agent;
DELETE FROM temp.tidied
