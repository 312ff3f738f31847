-- What is NULL stays as it is; 0 and '' take a choice back.
UPDATE sites
SET subdomains = coalesce(?2, subdomains), data_retention_days = coalesce(?3, data_retention_days),
  domain = coalesce(?4, domain),
  first_weekday = CASE WHEN ?5 IS NULL THEN first_weekday ELSE nullif(?5, 0) END,
  currency = CASE WHEN ?6 IS NULL THEN currency ELSE nullif(?6, '') END,
  paused_at = CASE WHEN ?7 IS NULL THEN paused_at WHEN ?7 = 0 THEN NULL ELSE coalesce(paused_at, ?8) END,
  zone = coalesce(?9, zone)
WHERE key = ?1
