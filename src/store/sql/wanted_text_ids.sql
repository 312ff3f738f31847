SELECT site, kind, text, id FROM texts SEMI JOIN wanted_texts USING (site, kind, text)
