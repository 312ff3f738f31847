{{own}},
       v.browser, v.browser_major, v.os, v.device, v.language, v.country, coalesce(sizes.size_class, 0) AS size_class,
       0 AS browser_version, 0 AS os_version, 0 AS city, 0 AS asn
