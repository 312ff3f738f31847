INSERT INTO sessions (id, user_id, created_at, expires_at, remember_at, remember_expires_at, how, proved_at, country, browser, os,
  factor)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
