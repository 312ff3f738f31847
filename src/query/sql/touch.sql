-- Takes the snapshot of a transaction: which commit it sees, and about how many visits of a site ($1).
SELECT (SELECT log_offset FROM applied),
       coalesce((SELECT max(visit) FROM numbers WHERE site = $1), 0) + (SELECT count(*) FROM hot_visits WHERE site = $1)
