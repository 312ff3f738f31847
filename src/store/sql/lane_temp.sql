-- Work tables of the applier's connection, outside the lane file.
CREATE TEMP TABLE seal_days (site UINTEGER, day DATE);
CREATE TEMP TABLE erased_sites (site UINTEGER);
CREATE TEMP TABLE wanted_texts (site UINTEGER, kind UTINYINT, text VARCHAR);
CREATE TEMP TABLE wanted_visitors (site UINTEGER, day DATE, vd UINTEGER);
CREATE TEMP TABLE wanted_titles (site UINTEGER, page UINTEGER);
CREATE TEMP TABLE tidied (site UINTEGER, day DATE, reason UTINYINT, kind UTINYINT, agent UINTEGER, hits UINTEGER,
                          visits UINTEGER, last TIMESTAMP_MS, example UINTEGER);
