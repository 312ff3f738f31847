DELETE FROM temp.erased_sites
