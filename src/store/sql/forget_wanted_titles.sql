DELETE FROM wanted_titles
