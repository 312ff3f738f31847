INSERT INTO users (id, email, password_hash, given_name, last_name, role, locale, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
