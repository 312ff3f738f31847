-- Who is in already keeps his role: an invitation takes nothing away.
INSERT INTO team_members (team_id, user_id, role, added_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (team_id, user_id) DO NOTHING
