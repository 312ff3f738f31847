CASE WHEN v.late THEN 65535 ELSE 0 END AS import, {{texts}}, v.channel, v.tracker
