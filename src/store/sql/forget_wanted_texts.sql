DELETE FROM wanted_texts
