INSERT INTO instance (id, set_up_at, set_up_by) VALUES (1, ?1, ?2)
