SELECT site, vd, {{pinned}} FROM hot_visitors WHERE vd >= $1{{of}}
