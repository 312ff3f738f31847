UPDATE audit SET target_label = '', changes = '{"changes":[]}' WHERE target_kind = 'person' AND target = ?1
