SELECT site, kind, text, id FROM texts
