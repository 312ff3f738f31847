DELETE FROM lane_info
