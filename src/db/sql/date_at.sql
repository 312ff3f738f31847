SELECT timezone($1, make_timestamptz($2 * 1000))::DATE
