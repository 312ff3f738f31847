SELECT timeline FROM lane
