-- group_create: a new group without members.
-- $1 org, $2 displayName, $3 externalId, $4 id, or NULL for a new one
-- reason: why it may not be made, with three arguments for its sentence.
SELECT (answer.team).id,
       (answer.team).version,
       to_char((answer.team).created AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created,
       to_char((answer.team).last_modified AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS last_modified,
       scim.group_resource((answer.team).display_name, (answer.team).external_id) AS resource,
       NULL::json AS groups,
       (answer.team).member_count,
       answer.reason,
       answer.arguments[1] AS first,
       answer.arguments[2] AS second,
       answer.arguments[3] AS third
  FROM scim.create_group($1, $2, $3, $4::uuid) AS answer
