-- export_groups: every group with its members, a row for each member, or one without; in an
-- order that does not depend on ids as long as names do not repeat; read by FETCH.
-- $1 org
-- (SELECT $1) and OFFSET 0: as in export_people, each member is found by its key, whatever statistics know.
DECLARE exported_groups NO SCROLL CURSOR FOR
SELECT team.id,
       to_char(team.created AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created,
       to_char(team.last_modified AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS last_modified,
       team.display_name,
       team.external_id,
       member.member_id,
       member.member_type,
       CASE member.member_type WHEN 'User' THEN person.user_name ELSE subgroup.display_name END AS member
  FROM scim.groups AS team
  LEFT JOIN scim.group_members AS member ON member.org = (SELECT $1) AND member.group_id = team.id
  LEFT JOIN LATERAL (SELECT one.user_name, one.user_name_key
                       FROM scim.users AS one
                      WHERE one.org = (SELECT $1) AND one.id = member.user_id
                     OFFSET 0) AS person ON true
  LEFT JOIN LATERAL (SELECT one.display_name, one.display_name_key, one.external_id
                       FROM scim.groups AS one
                      WHERE one.org = (SELECT $1) AND one.id = member.subgroup_id
                     OFFSET 0) AS subgroup ON true
 WHERE team.org = $1
 ORDER BY team.display_name_key, team.external_id, team.id, member.member_type,
       person.user_name_key, subgroup.display_name_key, subgroup.external_id, member.member_id
