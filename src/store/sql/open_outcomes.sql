-- What the open visits came to so far; $1 is the horizon.
SELECT site, day, start, ended, visit, vd, bits, pageviews, events, entry_page, exit_page, import, last_source,
       last_channel, first_ts, sourced_ts, {{attributes}}
FROM ({{outcomes}})
