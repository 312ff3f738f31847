SELECT lane, team_id FROM removed_lanes ORDER BY lane
