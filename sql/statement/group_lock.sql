-- group_lock: one group, locked until the end of the transaction: changes of
-- its members wait for each other here, in whatever order they name them.
-- $1 org, $2 id
SELECT team.id,
       team.version,
       to_char(team.created AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created,
       to_char(team.last_modified AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS last_modified,
       scim.group_resource(team.display_name, team.external_id) AS resource,
       NULL::json AS groups,
       team.member_count
  FROM scim.groups AS team
 WHERE team.org = $1
   AND team.id = $2::uuid
   FOR NO KEY UPDATE
