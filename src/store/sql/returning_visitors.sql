-- Of the visitors in wanted_visitors those that were seen earlier on their day.
SELECT site, day, vd, {{pinned}}
FROM hot_visitors SEMI JOIN wanted_visitors USING (site, day, vd);
