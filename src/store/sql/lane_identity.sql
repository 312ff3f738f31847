SELECT lane, team_id FROM lane_info
