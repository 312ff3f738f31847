-- The pages whose title, as it is now, is one that a filter means. none: pages without one are meant as well.
INSERT INTO picked_texts
SELECT {{pick}}, p.id
FROM texts p
LEFT JOIN (SELECT page, arg_max(title, since) AS title FROM titles WHERE site = {{site}} GROUP BY page) t ON t.page = p.id
LEFT JOIN texts ON texts.site = {{site}} AND texts.kind = {{title_kind}} AND texts.id = t.title
WHERE p.site = {{site}} AND p.kind = {{page_kind}} AND ({{test}})
