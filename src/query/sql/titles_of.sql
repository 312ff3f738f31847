
LEFT JOIN (SELECT page, arg_max(title, since) AS title FROM titles WHERE site = {{site}} GROUP BY page) tt ON tt.page = {{row}}.page