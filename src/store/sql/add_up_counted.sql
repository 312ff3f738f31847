-- What was counted on days of [$1, $2): one row for each day and thing.
INSERT INTO temp.tidied
SELECT site, day, reason, kind, agent, least(sum(hits), 4294967295)::UINTEGER,
       least(sum(visits), 4294967295)::UINTEGER, max(last), max(example)
FROM counted WHERE day >= $1 AND day < $2
GROUP BY site, day, reason, kind, agent
