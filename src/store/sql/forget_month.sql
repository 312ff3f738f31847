DELETE FROM sealed_months WHERE month = $1
