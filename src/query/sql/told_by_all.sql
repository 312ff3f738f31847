-- Whether every event that is asked for has the property.
SELECT (SELECT count(*) FROM sealed_events e WHERE {{events}})
       = (SELECT count(*) FROM event_texts e WHERE {{told}} AND e.key = {{key}} AND e.name <> 0)
         + (SELECT count(*) FROM event_numbers e WHERE {{told}} AND e.key = {{key}} AND e.name <> 0)
