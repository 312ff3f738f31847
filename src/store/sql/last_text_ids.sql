SELECT site, kind, max(id) FROM texts GROUP BY site, kind
