SELECT lane FROM teams WHERE id = ?1
