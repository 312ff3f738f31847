-- One lane file (docs/storage.md). Hot tables take rows as the log brings them and are insert-only: no keys, no
-- indexes, no UPDATE. Sealed tables hold finished site-days, sorted by site and time.

-- Where this file stands in the log: one row. log_time is the highest receive time seen, the applier's clock; timeline
-- says of which timeline of the log the offset is, null: it was stored before logs had timelines.
CREATE TABLE applied (log_offset UBIGINT NOT NULL, log_time TIMESTAMP_MS NOT NULL, timeline UUID);
INSERT INTO applied VALUES (0, TIMESTAMP_MS '1970-01-01 00:00:00', NULL);

-- One row for each time that the machine's clock was set back: the record that showed it, and by how much all of them
-- until then together. So what is before log_offset and still goes on can be told in the time that the clock shows now.
CREATE TABLE turns (log_offset UBIGINT NOT NULL, total_ms BIGINT NOT NULL);

CREATE TABLE lane_info (lane UINTEGER NOT NULL, team_id UUID NOT NULL);
CREATE TABLE sites (site UINTEGER NOT NULL, site_id UUID NOT NULL, domain VARCHAR NOT NULL);

-- The dictionary. kind: which columns the text is for (store/attributes.h). Ids are given in log order from 1 without
-- gaps, per site and kind, so that a column needs few bits for them; 0 means absent and has no row. Kinds of which all
-- sites have the same few texts (browsers, countries) are kept once, under site 0.
CREATE TABLE texts (site UINTEGER NOT NULL, kind UTINYINT NOT NULL, id UINTEGER NOT NULL, text VARCHAR NOT NULL);

-- import: 0 counted as it happened, 65535 arrived too late for that, else the number of the import that brought it.
-- One row per page view, without what is pinned for its visitor's day.
CREATE TABLE hot_hits (
  log_offset UBIGINT NOT NULL, site UINTEGER NOT NULL, ts TIMESTAMP_MS NOT NULL, day DATE NOT NULL,
  visit UINTEGER NOT NULL, vd UINTEGER NOT NULL, import USMALLINT NOT NULL,
  page UINTEGER NOT NULL,
  hostname UINTEGER NOT NULL, referrer_host UINTEGER NOT NULL, referrer_path UINTEGER NOT NULL,
  source UINTEGER NOT NULL, channel UTINYINT NOT NULL,
  utm_source UINTEGER NOT NULL, utm_medium UINTEGER NOT NULL, utm_campaign UINTEGER NOT NULL,
  utm_term UINTEGER NOT NULL, utm_content UINTEGER NOT NULL, tracker UINTEGER NOT NULL);

CREATE TABLE hot_events (
  log_offset UBIGINT NOT NULL, site UINTEGER NOT NULL, ts TIMESTAMP_MS NOT NULL, day DATE NOT NULL,
  visit UINTEGER NOT NULL, vd UINTEGER NOT NULL, import USMALLINT NOT NULL,
  page UINTEGER NOT NULL, name UINTEGER NOT NULL,
  hostname UINTEGER NOT NULL, referrer_host UINTEGER NOT NULL, referrer_path UINTEGER NOT NULL,
  source UINTEGER NOT NULL, channel UTINYINT NOT NULL,
  utm_source UINTEGER NOT NULL, utm_medium UINTEGER NOT NULL, utm_campaign UINTEGER NOT NULL,
  utm_term UINTEGER NOT NULL, utm_content UINTEGER NOT NULL, tracker UINTEGER NOT NULL);

-- One row per property of an event, by its type: a text, or a number in thousandths.
CREATE TABLE hot_event_texts (
  log_offset UBIGINT NOT NULL, site UINTEGER NOT NULL, name UINTEGER NOT NULL, key UINTEGER NOT NULL,
  ts TIMESTAMP_MS NOT NULL, day DATE NOT NULL, visit UINTEGER NOT NULL, vd UINTEGER NOT NULL,
  value UINTEGER NOT NULL);
CREATE TABLE hot_event_numbers (
  log_offset UBIGINT NOT NULL, site UINTEGER NOT NULL, name UINTEGER NOT NULL, key UINTEGER NOT NULL,
  ts TIMESTAMP_MS NOT NULL, day DATE NOT NULL, visit UINTEGER NOT NULL, vd UINTEGER NOT NULL,
  number BIGINT NOT NULL);

-- How long a page was looked at and how far it was scrolled, as the page told. view_offset: of its row in hot_hits.
CREATE TABLE hot_pings (
  view_offset UBIGINT NOT NULL, site UINTEGER NOT NULL, ts TIMESTAMP_MS NOT NULL, visit UINTEGER NOT NULL,
  page UINTEGER NOT NULL, engaged UINTEGER NOT NULL, scroll UTINYINT NOT NULL);

-- Inserted once, when the visit opens; what happens later in the visit is in hot_hits and hot_events. bits: 1 its visitor's
-- day began with it; without that bit it need not be the visitor's only visit of the day. log_offset: of the row that
-- opened it. What it carries stands there and in hot_visitors (hot_visits_opened).
CREATE TABLE hot_visits (
  site UINTEGER NOT NULL, day DATE NOT NULL, start TIMESTAMP_MS NOT NULL, visit UINTEGER NOT NULL,
  vd UINTEGER NOT NULL, bits UTINYINT NOT NULL, entry_page UINTEGER NOT NULL, import USMALLINT NOT NULL,
  log_offset UBIGINT NOT NULL);

-- Inserted once, with the first hit of a visitor's day: the attributes that hold for the whole day. log_offset: of that
-- hit; 0: it did not come from the log, or nobody may know any more whose day it is, since that was sealed.
CREATE TABLE hot_visitors (
  site UINTEGER NOT NULL, day DATE NOT NULL, vd UINTEGER NOT NULL, log_offset UBIGINT NOT NULL,
  browser UINTEGER NOT NULL, browser_major USMALLINT NOT NULL, os UINTEGER NOT NULL, device UTINYINT NOT NULL,
  language UINTEGER NOT NULL, country UINTEGER NOT NULL,
  size_class UTINYINT NOT NULL, browser_version UINTEGER NOT NULL, os_version UINTEGER NOT NULL,
  city UINTEGER NOT NULL, asn UINTEGER NOT NULL);

-- A hot visit that has ended: what it came to, in the shape of sealed_visits. ended: its last activity.
CREATE TABLE hot_closed (
  site UINTEGER NOT NULL, day DATE NOT NULL, start TIMESTAMP_MS NOT NULL, ended TIMESTAMP_MS NOT NULL,
  visit UINTEGER NOT NULL, vd UINTEGER NOT NULL, bits UTINYINT NOT NULL, pageviews USMALLINT NOT NULL,
  events USMALLINT NOT NULL, duration UINTEGER NOT NULL, entry_page UINTEGER NOT NULL, exit_page UINTEGER NOT NULL,
  import USMALLINT NOT NULL, engaged UINTEGER NOT NULL, interactive UTINYINT NOT NULL,
  last_source UINTEGER NOT NULL, last_channel UTINYINT NOT NULL,
  hostname UINTEGER NOT NULL, referrer_host UINTEGER NOT NULL, referrer_path UINTEGER NOT NULL,
  source UINTEGER NOT NULL, channel UTINYINT NOT NULL,
  utm_source UINTEGER NOT NULL, utm_medium UINTEGER NOT NULL, utm_campaign UINTEGER NOT NULL,
  utm_term UINTEGER NOT NULL, utm_content UINTEGER NOT NULL,
  browser UINTEGER NOT NULL, browser_major USMALLINT NOT NULL, os UINTEGER NOT NULL, device UTINYINT NOT NULL,
  language UINTEGER NOT NULL, country UINTEGER NOT NULL, tracker UINTEGER NOT NULL,
  size_class UTINYINT NOT NULL, browser_version UINTEGER NOT NULL, os_version UINTEGER NOT NULL,
  city UINTEGER NOT NULL, asn UINTEGER NOT NULL);

-- day: local day of the start. vd: ordinal of (day, visitor) in the site. duration: seconds.
-- bits: 1 first visit of this visitor on this day; first of it with this 2 channel, 4 source, 8 referrer,
-- 16 entry page, 32 exit page.
-- engaged: 0 not measured, else 1 + seconds. interactive: 0 not measured, 1 no, 2 yes.
-- last_source, last_channel: of the newest row that has a source; each 0 where it is the visit's own.
CREATE TABLE sealed_visits (
  site UINTEGER NOT NULL, day DATE NOT NULL, start TIMESTAMP_MS NOT NULL, visit UINTEGER NOT NULL,
  vd UINTEGER NOT NULL, bits UTINYINT NOT NULL, pageviews USMALLINT NOT NULL, events USMALLINT NOT NULL,
  duration UINTEGER NOT NULL, entry_page UINTEGER NOT NULL, exit_page UINTEGER NOT NULL,
  import USMALLINT NOT NULL, engaged UINTEGER NOT NULL, interactive UTINYINT NOT NULL,
  last_source UINTEGER NOT NULL, last_channel UTINYINT NOT NULL,
  hostname UINTEGER NOT NULL, referrer_host UINTEGER NOT NULL, referrer_path UINTEGER NOT NULL,
  source UINTEGER NOT NULL, channel UTINYINT NOT NULL,
  utm_source UINTEGER NOT NULL, utm_medium UINTEGER NOT NULL, utm_campaign UINTEGER NOT NULL,
  utm_term UINTEGER NOT NULL, utm_content UINTEGER NOT NULL,
  browser UINTEGER NOT NULL, browser_major USMALLINT NOT NULL, os UINTEGER NOT NULL, device UTINYINT NOT NULL,
  language UINTEGER NOT NULL, country UINTEGER NOT NULL, tracker UINTEGER NOT NULL,
  size_class UTINYINT NOT NULL, browser_version UINTEGER NOT NULL, os_version UINTEGER NOT NULL,
  city UINTEGER NOT NULL, asn UINTEGER NOT NULL);

-- vd: of the visitor's day in which the view happened. n: which of its visit's views and events it is, from 1.
-- bits: 1 first view of this page in this visit, 2 first view of this page by this visitor on the view's own local day.
-- engaged: 0 not measured, else 1 + floor(8 * log2(1 + seconds)). scroll: 0 not measured, else 1 + percent / 5.
CREATE TABLE sealed_hits (
  site UINTEGER NOT NULL, ts TIMESTAMP_MS NOT NULL, visit UINTEGER NOT NULL, vd UINTEGER NOT NULL,
  page UINTEGER NOT NULL, n UINTEGER NOT NULL, bits UTINYINT NOT NULL, engaged UTINYINT NOT NULL,
  scroll UTINYINT NOT NULL);

CREATE TABLE sealed_events (
  site UINTEGER NOT NULL, ts TIMESTAMP_MS NOT NULL, visit UINTEGER NOT NULL, vd UINTEGER NOT NULL,
  page UINTEGER NOT NULL, n UINTEGER NOT NULL, name UINTEGER NOT NULL);

-- Properties of the event that is the n-th row of its visit, which says the rest. quarter: of an hour, UTC, since 1970.
-- bits: 1 first event of this name with this value of this key by this visitor on its day.
CREATE TABLE event_texts (
  site UINTEGER NOT NULL, name UINTEGER NOT NULL, key UINTEGER NOT NULL, quarter UINTEGER NOT NULL,
  visit UINTEGER NOT NULL, n UINTEGER NOT NULL, value UINTEGER NOT NULL, bits UTINYINT NOT NULL);
CREATE TABLE event_numbers (
  site UINTEGER NOT NULL, name UINTEGER NOT NULL, key UINTEGER NOT NULL, quarter UINTEGER NOT NULL,
  visit UINTEGER NOT NULL, n UINTEGER NOT NULL, number BIGINT NOT NULL, bits UTINYINT NOT NULL);

-- What was bought: a row per line of an order. amount: thousandths of the currency.
CREATE TABLE order_items (
  site UINTEGER NOT NULL, ts TIMESTAMP_MS NOT NULL, visit UINTEGER NOT NULL, vd UINTEGER NOT NULL,
  item UINTEGER NOT NULL, category UINTEGER NOT NULL, quantity UINTEGER NOT NULL, amount BIGINT NOT NULL,
  currency UINTEGER NOT NULL);

-- Web vitals of page views. value: thousandths (of a second, or of a score).
CREATE TABLE vitals (
  site UINTEGER NOT NULL, ts TIMESTAMP_MS NOT NULL, page UINTEGER NOT NULL, visit UINTEGER NOT NULL,
  metric UTINYINT NOT NULL, value UINTEGER NOT NULL);

-- Pages that machines fetched for people or for models, as servers and their logs tell.
CREATE TABLE ai_fetches (
  site UINTEGER NOT NULL, ts TIMESTAMP_MS NOT NULL, page UINTEGER NOT NULL, agent UINTEGER NOT NULL,
  status USMALLINT NOT NULL);

-- Sums that another program had counted. key1, key2: the values of the dimension.
CREATE TABLE imported (
  site UINTEGER NOT NULL, import USMALLINT NOT NULL, day DATE NOT NULL, dimension UTINYINT NOT NULL,
  key1 UINTEGER NOT NULL, key2 UINTEGER NOT NULL, visitors UINTEGER NOT NULL, visits UINTEGER NOT NULL,
  pageviews UINTEGER NOT NULL, events UINTEGER NOT NULL, bounces UINTEGER NOT NULL, duration UBIGINT NOT NULL);

-- What a page is called since when: a row for each change.
CREATE TABLE titles (site UINTEGER NOT NULL, page UINTEGER NOT NULL, title UINTEGER NOT NULL, since TIMESTAMP_MS NOT NULL);

-- What was left out of the figures, and why.
CREATE TABLE counted (
  site UINTEGER NOT NULL, day DATE NOT NULL, reason UTINYINT NOT NULL, kind UTINYINT NOT NULL, agent UINTEGER NOT NULL,
  hits UINTEGER NOT NULL, visits UINTEGER NOT NULL, last TIMESTAMP_MS NOT NULL, example UINTEGER NOT NULL);

-- seal grows each time something of that site-day changes: what was computed for an older number is stale.
CREATE TABLE sealed_days (site UINTEGER NOT NULL, day DATE NOT NULL, seal UINTEGER NOT NULL);

-- Per UTC month: page views and events in sorted order since the last rewrite, and those sealed after it.
CREATE TABLE sealed_months (month DATE NOT NULL, sorted UBIGINT NOT NULL, appended UBIGINT NOT NULL);

-- Highest numbers that sealed rows of a site ever had.
CREATE TABLE numbers (site UINTEGER NOT NULL, visit UINTEGER NOT NULL, vd UINTEGER NOT NULL);
