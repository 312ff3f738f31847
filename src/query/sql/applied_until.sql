-- When the newest hit of the file was received, and how far the clocks of a zone ($1) were from UTC then, in minutes.
SELECT epoch_ms(log_time),
       (epoch_ms(timezone($1, timezone('UTC', log_time::TIMESTAMP))) - epoch_ms(log_time)) // 60000
FROM applied
