-- What stays as it is.
INSERT INTO lane_info SELECT lane, team_id FROM earlier.lane_info;
INSERT INTO sites SELECT site, site_id, domain FROM earlier.sites ORDER BY site;
INSERT INTO turns SELECT log_offset, total_ms FROM earlier.turns ORDER BY log_offset;
INSERT INTO sealed_days SELECT site, day, seal FROM earlier.sealed_days ORDER BY site, day;
INSERT INTO sealed_months SELECT month, sorted, appended FROM earlier.sealed_months ORDER BY month;
INSERT INTO numbers SELECT site, visit, vd FROM earlier.numbers ORDER BY site;

-- Work tables. respelled: earlier texts whose spelling is another now; used: which site has which text.
CREATE TEMP TABLE respelled (kind UTINYINT, old UINTEGER, text VARCHAR);
-- told: the properties of each JSON text that events had.
CREATE TEMP TABLE told (json VARCHAR, key VARCHAR, value VARCHAR, number BIGINT);
CREATE TEMP TABLE used (kind UTINYINT, site UINTEGER, old UINTEGER);
-- Screens by size: 576, 992, 1440 and 1920 pixels of width divide the classes.
CREATE TEMP TABLE sizes AS
SELECT id AS screen,
       (CASE WHEN width IS NULL OR width = 0 THEN 0 WHEN width < 576 THEN 1 WHEN width < 992 THEN 2 WHEN width < 1440 THEN 3
             WHEN width < 1920 THEN 4 ELSE 5 END)::UTINYINT AS size_class
FROM (SELECT id, try_cast(split_part(text, 'x', 1) AS INTEGER) AS width FROM earlier.texts WHERE kind = 16);
