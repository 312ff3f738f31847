UPDATE sessions SET expires_at = max(expires_at, ?2) WHERE id = ?1
