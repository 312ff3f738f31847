-- How the views of visits were looked at, as far as pings behind the place $1 tell. In {{of}}: which site.
SELECT site, visit, view_offset, max(ts), max(engaged) FROM hot_pings WHERE log_offset >= $1{{of}}
GROUP BY site, visit, view_offset
