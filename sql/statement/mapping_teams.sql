-- mapping_teams: who is in which team with which role, to be compared before and after a change.
-- $1 org
SELECT member.user_name, member.user_id, member.team, member.role
  FROM scim.team_members_of($1) AS member
 ORDER BY member.user_name COLLATE "C", member.user_id, member.team COLLATE "C" NULLS FIRST
