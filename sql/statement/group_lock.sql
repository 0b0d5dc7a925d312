-- group_lock: one group, locked until the end of the transaction: changes of
-- its members wait for each other here, in whatever order they name them.
-- $1 org, $2 id
-- reason: why it may not be written. Neither reason nor id: there is none.
-- above: a protected group that this one is in, so its members must stay.
WITH team AS MATERIALIZED (
    SELECT *
      FROM scim.groups
     WHERE org = $1
       AND id = $2::uuid
       FOR NO KEY UPDATE
)
SELECT team.id,
       team.version,
       to_char(team.created AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created,
       to_char(team.last_modified AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS last_modified,
       scim.group_resource(team.display_name, team.external_id) AS resource,
       NULL::json AS groups,
       team.member_count,
       refusal.reason,
       refusal.arguments[1],
       refusal.arguments[2],
       refusal.arguments[3],
       scim.protected_group_above($1, team.id) AS above
  FROM scim.group_refusal($1, $2::uuid) AS refusal
  LEFT JOIN team ON true
