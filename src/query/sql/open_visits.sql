-- For the visits of a site that are open, with what they came to so far.
CREATE TEMP TABLE open_visits AS FROM hot_closed LIMIT 0
