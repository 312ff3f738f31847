-- Of the visitors in wanted_visitors those that were seen earlier on their day.
SELECT site, day, visitor, browser, browser_major, os, device, language, country, screen
FROM hot_visitors SEMI JOIN wanted_visitors USING (visitor, site, day);
