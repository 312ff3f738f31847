-- Those told with events of one name.
SELECT text FROM texts
WHERE site = $1 AND kind = $2 AND id IN (
  SELECT key FROM (
    SELECT site, name, key FROM event_texts UNION ALL
    SELECT site, name, key FROM event_numbers UNION ALL
    SELECT site, name, key FROM hot_event_texts UNION ALL
    SELECT site, name, key FROM hot_event_numbers)
  WHERE site = $1 AND name = (SELECT id FROM texts WHERE site = $1 AND kind = $4 AND text = $5))
ORDER BY text LIMIT $3
