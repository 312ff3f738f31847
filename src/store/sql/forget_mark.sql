DELETE FROM applied
