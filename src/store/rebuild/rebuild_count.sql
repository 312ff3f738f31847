SELECT (SELECT count(*) FROM {{of}}sealed_hits) + (SELECT count(*) FROM {{of}}sealed_events)
       + (SELECT count(*) FROM {{of}}sealed_visits)
