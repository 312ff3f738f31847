-- What the snippet of a site is asked to count besides, as its owner chose it; a site without a row asks for nothing more.
-- Names of options, separated by blanks.
CREATE TABLE site_snippets (
  site INTEGER PRIMARY KEY NOT NULL REFERENCES sites (key) ON DELETE CASCADE,
  options TEXT NOT NULL CHECK (length(options) <= 255)
) STRICT;
