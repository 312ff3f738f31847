SELECT month, sorted, appended FROM sealed_months ORDER BY month
