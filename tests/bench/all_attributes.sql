-- What sealed rows take with values in the columns that no record of the log fills yet. Of each visitor's day a city, a network
-- and versions, small numbers more often; of visits and views how long somebody looked. $cities, $networks, $versions and
-- $systems say how many there are.
CREATE TEMP MACRO share(a, b, what) AS hash(a, b, what) / 18446744073709551616.0;
CREATE TEMP MACRO zipf(share, n) AS floor(exp(share * ln(n + 1)));
INSERT INTO filled.sealed_visits SELECT * REPLACE (
  zipf(share(site, vd, 1), $cities)::UINTEGER AS city,
  (zipf(share(site, vd, 2), $networks)::BIGINT * 7919 % 400000)::UINTEGER AS asn,
  zipf(share(site, vd, 3), $versions)::UINTEGER AS browser_version,
  zipf(share(site, vd, 4), $systems)::UINTEGER AS os_version,
  CASE WHEN share(site, visit, 5) < 0.25 THEN 0 ELSE 1 + floor(-40 * pageviews * ln(1 - share(site, visit, 6))) END::UINTEGER AS engaged,
  CASE WHEN share(site, visit, 5) < 0.25 THEN 0 ELSE 1 + (share(site, visit, 7) < 0.6)::INTEGER END::UTINYINT AS interactive,
  CASE WHEN share(site, visit, 8) < 0.94 THEN 0 ELSE zipf(share(site, visit, 9), 2000) END::UINTEGER AS last_source,
  CASE WHEN share(site, visit, 8) < 0.94 THEN 0 ELSE 1 + floor(12 * share(site, visit, 10)) END::UTINYINT AS last_channel)
FROM stored.sealed_visits;
INSERT INTO filled.sealed_hits SELECT * REPLACE (
  CASE WHEN share(visit, n, 11) < 0.2 THEN 0 ELSE 1 + floor(8 * log2(1 - 30 * ln(1 - share(visit, n, 12)))) END::UTINYINT AS engaged,
  CASE WHEN share(visit, n, 11) < 0.2 THEN 0 ELSE 1 + floor(20 * share(visit, n, 13)) END::UTINYINT AS scroll)
FROM stored.sealed_hits;
