-- What became of each hot visit of a site so far: the costly half of hot_visit_rows, made once per request.
CREATE TEMP TABLE hot_outcomes AS
SELECT visit, pageviews, events, duration{{exit_page}}
FROM hot_visit_rows
WHERE site = $1
