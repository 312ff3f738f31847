SELECT coalesce(max(total_ms), 0)::BIGINT FROM turns
