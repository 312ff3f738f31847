-- What the pages in wanted_titles are called now, and since when.
SELECT site, page, arg_max(title, since), epoch_ms(max(since)) FROM titles SEMI JOIN wanted_titles USING (site, page)
GROUP BY site, page
