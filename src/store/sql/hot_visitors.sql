SELECT site, day, vd, log_offset FROM hot_visitors
