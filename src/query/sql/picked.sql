SELECT id FROM picked_texts WHERE pick = $1
