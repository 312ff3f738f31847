UPDATE lane SET log_offset = ?1
