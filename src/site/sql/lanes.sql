-- Lanes that have sites, by number, each with the lowest key of its sites.
SELECT t.lane, t.id, min(s.key) FROM teams t JOIN sites s ON s.team_id = t.id GROUP BY t.lane, t.id ORDER BY t.lane
