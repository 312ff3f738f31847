-- Where in the log the oldest day begins that still has visitors; 0: none has.
SELECT coalesce(min(log_offset), 0)::UBIGINT FROM hot_visitors WHERE log_offset > 0
