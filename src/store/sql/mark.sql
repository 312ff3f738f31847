SELECT log_offset, log_time, timeline FROM applied
