DELETE FROM {{table}} WHERE site IN (SELECT site FROM temp.erased_sites)
