SELECT log_time FROM applied
