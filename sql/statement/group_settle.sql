-- group_settle: a group that was made with members in this transaction begins
-- at version 1 all the same, as nobody has seen it before (RFC 7643 3.1).
-- $1 org, $2 id
UPDATE scim.groups AS team
   SET version = 1,
       last_modified = created
 WHERE team.org = $1
   AND team.id = $2::uuid
RETURNING team.id,
       team.version,
       to_char(team.created AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created,
       to_char(team.last_modified AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS last_modified,
       scim.group_resource(team.display_name, team.external_id) AS resource,
       NULL::json AS groups,
       team.member_count
