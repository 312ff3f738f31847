-- Whether every event that is asked for has the property.
SELECT (SELECT count(*) FROM sealed_events e WHERE {{where}})
       = (SELECT count(*) FROM event_texts e WHERE {{where}} AND e.key = {{key}})
         + (SELECT count(*) FROM event_numbers e WHERE {{where}} AND e.key = {{key}})
