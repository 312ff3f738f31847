UPDATE audit SET actor_label = '' WHERE actor = ?1
