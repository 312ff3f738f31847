SELECT count(*) FROM exclusions WHERE site IS ?1
