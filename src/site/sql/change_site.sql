-- What is NULL stays as it is.
UPDATE sites
SET subdomains = coalesce(?2, subdomains), data_retention_days = coalesce(?3, data_retention_days)
WHERE key = ?1
