-- The newest record with a new visitor that came before this one.
SELECT coalesce(max(log_offset), 0)::UBIGINT FROM hot_visitors WHERE log_offset < $1
