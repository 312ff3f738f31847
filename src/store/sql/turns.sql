SELECT log_offset, total_ms FROM turns ORDER BY log_offset
