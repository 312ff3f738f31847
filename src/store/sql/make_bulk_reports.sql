CREATE OR REPLACE TEMP TABLE bulk_reports (
  log_offset UBIGINT, view_offset UBIGINT, site UINTEGER, ts TIMESTAMP_MS, day DATE, engaged UINTEGER, scroll UTINYINT)
