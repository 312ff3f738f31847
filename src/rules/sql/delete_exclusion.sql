DELETE FROM exclusions WHERE id = ?1 AND site IS ?2
