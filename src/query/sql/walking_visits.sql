-- Visits and whose they are; of sealed ones also when they began and how many seconds they lasted.
SELECT v.visit, v.vd{{length}}
FROM {{source}}
WHERE {{where}}
