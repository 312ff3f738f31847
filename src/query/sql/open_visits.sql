-- The visits of a site that are open, with what they came to so far, in the columns of hot_closed.
CREATE OR REPLACE TEMP TABLE open_visits AS FROM ({{outcomes}})
