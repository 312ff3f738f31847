INSERT INTO hot_pings
SELECT r.log_offset, r.view_offset, r.site, r.ts, r.day, h.visit, h.vd, r.engaged, r.scroll
FROM bulk_reports r JOIN hot_hits h ON h.site = r.site AND h.log_offset = r.view_offset
