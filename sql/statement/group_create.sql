-- group_create: a new group without members.
-- $1 org, $2 displayName, $3 externalId, $4 id, or NULL for a new one
-- reason: why it may not be made. Neither reason nor id: the name is taken.
WITH refusal AS MATERIALIZED (
    SELECT reason, arguments FROM scim.group_refusal($1)
), team AS (
    INSERT INTO scim.groups AS team (org, id, display_name, external_id)
    SELECT $1, coalesce($4::uuid, gen_random_uuid()), $2, $3
      FROM refusal
     WHERE refusal.reason IS NULL
        ON CONFLICT (org, display_name_key) WHERE unique_name DO NOTHING
    RETURNING team.*
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
       refusal.arguments[3]
  FROM refusal
  LEFT JOIN team ON true
