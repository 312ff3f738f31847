SELECT site, day, visitor, vd, log_offset FROM ordinals ORDER BY log_offset, site, vd
