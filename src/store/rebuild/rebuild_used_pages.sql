INSERT INTO used
SELECT DISTINCT 0, site, page
FROM (SELECT site, page FROM earlier.sealed_hits
      UNION ALL SELECT site, page FROM earlier.sealed_events
      UNION ALL SELECT site, entry_page FROM earlier.sealed_visits
      UNION ALL SELECT site, exit_page FROM earlier.sealed_visits
      UNION ALL SELECT site, page FROM earlier.hot_hits
      UNION ALL SELECT site, page FROM earlier.hot_events
      UNION ALL SELECT site, entry_page FROM earlier.hot_visits)
WHERE page <> 0;
INSERT INTO used
SELECT DISTINCT 15, site, name
FROM (SELECT site, name FROM earlier.sealed_events UNION ALL SELECT site, name FROM earlier.hot_events)
WHERE name <> 0;
