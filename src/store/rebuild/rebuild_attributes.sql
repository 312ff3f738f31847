CASE WHEN v.late THEN 65535 ELSE 0 END AS import, {{texts}},
       v.channel, v.browser, v.browser_major, v.os, v.device, v.language, v.country, v.tracker,
       coalesce(sizes.size_class, 0) AS size_class, 0 AS browser_version, 0 AS os_version, 0 AS city, 0 AS asn
