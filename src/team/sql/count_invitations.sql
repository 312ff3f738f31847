SELECT count(*) FROM invitations WHERE team_id = ?1
