DELETE FROM email_changes WHERE user_id = ?1
