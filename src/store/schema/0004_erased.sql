-- What was erased of a site, and where in the log: everything of it that came before. A row for each time. gone: the site
-- itself went; what still comes for it is dropped.
CREATE TABLE erased (site UINTEGER NOT NULL, log_offset UBIGINT NOT NULL, gone BOOLEAN NOT NULL);
