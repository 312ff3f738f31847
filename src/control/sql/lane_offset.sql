SELECT log_offset FROM lane
