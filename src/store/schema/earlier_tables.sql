-- One lane file (docs/storage.md). Hot tables take rows as the log brings them and are insert-only: no keys, no
-- indexes, no UPDATE. Sealed tables hold finished site-days, sorted by site and time.

-- Where this file stands in the log: one row. log_time is the highest receive time seen, the applier's clock.
CREATE TABLE applied (log_offset UBIGINT NOT NULL, log_time TIMESTAMP_MS NOT NULL);
INSERT INTO applied VALUES (0, TIMESTAMP_MS '1970-01-01 00:00:00');

CREATE TABLE lane_info (lane UINTEGER NOT NULL, team_id UUID NOT NULL);
CREATE TABLE sites (site UINTEGER NOT NULL, site_id UUID NOT NULL, domain VARCHAR NOT NULL);

-- The dictionary. kind: which columns the text is for (store/attributes.h). Ids are given in log order without gaps, per
-- kind, so that a column needs few bits for them; 0 means absent.
CREATE TABLE texts (kind UTINYINT NOT NULL, id UINTEGER NOT NULL, text VARCHAR NOT NULL);
INSERT INTO texts SELECT kind, 0, '' FROM range(17) r(kind);

-- One row per page view.
CREATE TABLE hot_hits (
  log_offset UBIGINT NOT NULL, site UINTEGER NOT NULL, ts TIMESTAMP_MS NOT NULL, day DATE NOT NULL,
  visit UINTEGER NOT NULL, visitor UBIGINT NOT NULL, late BOOLEAN NOT NULL,
  page UINTEGER NOT NULL,
  hostname UINTEGER NOT NULL, referrer_host UINTEGER NOT NULL, referrer_path UINTEGER NOT NULL,
  source UINTEGER NOT NULL, channel UTINYINT NOT NULL,
  utm_source UINTEGER NOT NULL, utm_medium UINTEGER NOT NULL, utm_campaign UINTEGER NOT NULL,
  utm_term UINTEGER NOT NULL, utm_content UINTEGER NOT NULL,
  browser UINTEGER NOT NULL, browser_major USMALLINT NOT NULL, os UINTEGER NOT NULL, device UTINYINT NOT NULL,
  language UINTEGER NOT NULL, country UINTEGER NOT NULL, screen UINTEGER NOT NULL,
  viewport_width USMALLINT NOT NULL, viewport_height USMALLINT NOT NULL, tracker UINTEGER NOT NULL);

CREATE TABLE hot_events (
  log_offset UBIGINT NOT NULL, site UINTEGER NOT NULL, ts TIMESTAMP_MS NOT NULL, day DATE NOT NULL,
  visit UINTEGER NOT NULL, visitor UBIGINT NOT NULL, late BOOLEAN NOT NULL,
  page UINTEGER NOT NULL, name UINTEGER NOT NULL, properties VARCHAR NOT NULL,
  hostname UINTEGER NOT NULL, referrer_host UINTEGER NOT NULL, referrer_path UINTEGER NOT NULL,
  source UINTEGER NOT NULL, channel UTINYINT NOT NULL,
  utm_source UINTEGER NOT NULL, utm_medium UINTEGER NOT NULL, utm_campaign UINTEGER NOT NULL,
  utm_term UINTEGER NOT NULL, utm_content UINTEGER NOT NULL,
  browser UINTEGER NOT NULL, browser_major USMALLINT NOT NULL, os UINTEGER NOT NULL, device UTINYINT NOT NULL,
  language UINTEGER NOT NULL, country UINTEGER NOT NULL, screen UINTEGER NOT NULL,
  viewport_width USMALLINT NOT NULL, viewport_height USMALLINT NOT NULL, tracker UINTEGER NOT NULL);

-- Inserted once, when the visit opens; what happens later in the visit is in hot_hits and hot_events.
CREATE TABLE hot_visits (
  site UINTEGER NOT NULL, day DATE NOT NULL, start TIMESTAMP_MS NOT NULL, visit UINTEGER NOT NULL,
  visitor UBIGINT NOT NULL, entry_page UINTEGER NOT NULL, late BOOLEAN NOT NULL,
  hostname UINTEGER NOT NULL, referrer_host UINTEGER NOT NULL, referrer_path UINTEGER NOT NULL,
  source UINTEGER NOT NULL, channel UTINYINT NOT NULL,
  utm_source UINTEGER NOT NULL, utm_medium UINTEGER NOT NULL, utm_campaign UINTEGER NOT NULL,
  utm_term UINTEGER NOT NULL, utm_content UINTEGER NOT NULL,
  browser UINTEGER NOT NULL, browser_major USMALLINT NOT NULL, os UINTEGER NOT NULL, device UTINYINT NOT NULL,
  language UINTEGER NOT NULL, country UINTEGER NOT NULL, screen UINTEGER NOT NULL,
  viewport_width USMALLINT NOT NULL, viewport_height USMALLINT NOT NULL, tracker UINTEGER NOT NULL);

-- Inserted once, with the first hit of a visitor's day: the attributes that hold for the whole day.
CREATE TABLE hot_visitors (
  site UINTEGER NOT NULL, day DATE NOT NULL, visitor UBIGINT NOT NULL,
  browser UINTEGER NOT NULL, browser_major USMALLINT NOT NULL, os UINTEGER NOT NULL, device UTINYINT NOT NULL,
  language UINTEGER NOT NULL, country UINTEGER NOT NULL, screen UINTEGER NOT NULL);

-- day: local day of the start. vd: ordinal of (day, visitor) in the site. duration: seconds.
-- bits: 1 first visit of this visitor on this day; first of it with this 2 channel, 4 source, 8 referrer,
-- 16 entry page, 32 exit page.
CREATE TABLE sealed_visits (
  site UINTEGER NOT NULL, day DATE NOT NULL, start TIMESTAMP_MS NOT NULL, visit UINTEGER NOT NULL,
  vd UINTEGER NOT NULL, bits UTINYINT NOT NULL, pageviews USMALLINT NOT NULL, events USMALLINT NOT NULL,
  duration UINTEGER NOT NULL, entry_page UINTEGER NOT NULL, exit_page UINTEGER NOT NULL, late BOOLEAN NOT NULL,
  hostname UINTEGER NOT NULL, referrer_host UINTEGER NOT NULL, referrer_path UINTEGER NOT NULL,
  source UINTEGER NOT NULL, channel UTINYINT NOT NULL,
  utm_source UINTEGER NOT NULL, utm_medium UINTEGER NOT NULL, utm_campaign UINTEGER NOT NULL,
  utm_term UINTEGER NOT NULL, utm_content UINTEGER NOT NULL,
  browser UINTEGER NOT NULL, browser_major USMALLINT NOT NULL, os UINTEGER NOT NULL, device UTINYINT NOT NULL,
  language UINTEGER NOT NULL, country UINTEGER NOT NULL, screen UINTEGER NOT NULL,
  viewport_width USMALLINT NOT NULL, viewport_height USMALLINT NOT NULL, tracker UINTEGER NOT NULL);

-- vd: of the visitor's day in which the view happened. bits: 1 first view of this page in this visit, 2 first view of
-- this page by this visitor on the view's own local day.
CREATE TABLE sealed_hits (
  site UINTEGER NOT NULL, ts TIMESTAMP_MS NOT NULL, visit UINTEGER NOT NULL, vd UINTEGER NOT NULL,
  page UINTEGER NOT NULL, bits UTINYINT NOT NULL);

CREATE TABLE sealed_events (
  site UINTEGER NOT NULL, ts TIMESTAMP_MS NOT NULL, visit UINTEGER NOT NULL, vd UINTEGER NOT NULL,
  page UINTEGER NOT NULL, name UINTEGER NOT NULL, properties VARCHAR NOT NULL);

-- seal grows each time something of that site-day changes: what was computed for an older number is stale.
CREATE TABLE sealed_days (site UINTEGER NOT NULL, day DATE NOT NULL, seal UINTEGER NOT NULL);

-- Per UTC month: rows in sorted order since the last rewrite, and rows sealed after it.
CREATE TABLE sealed_months (month DATE NOT NULL, sorted UBIGINT NOT NULL, appended UBIGINT NOT NULL);

-- Highest numbers that sealed rows of a site ever had.
CREATE TABLE numbers (site UINTEGER NOT NULL, visit UINTEGER NOT NULL, vd UINTEGER NOT NULL);
