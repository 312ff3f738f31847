-- Whose visits have activity after the horizon $1, and when. In {{of}}: which site.
SELECT site, vd, visit, ts, log_offset FROM hot_hits WHERE ts > $1{{of}}
UNION ALL
SELECT site, vd, visit, ts, log_offset FROM hot_events WHERE ts > $1 AND visit <> 0{{of}}
UNION ALL
SELECT site, vd, visit, ts, log_offset FROM hot_pings WHERE ts > $1{{of}}
