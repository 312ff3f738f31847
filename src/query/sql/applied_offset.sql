SELECT log_offset FROM applied
