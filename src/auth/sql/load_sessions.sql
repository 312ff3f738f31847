SELECT id, user_id, created_at, expires_at, remember_at, remember_next, remember_expires_at, how, proved_at, country, browser, os,
  factor
FROM sessions
