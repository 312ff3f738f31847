UPDATE lane SET timeline = ?1
