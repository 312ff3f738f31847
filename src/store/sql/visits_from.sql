SELECT site, visit, vd, day, start, bits, entry_page, import, log_offset FROM hot_visits WHERE visit >= $1{{of}}
