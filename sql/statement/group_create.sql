-- group_create: a new group without members.
-- $1 org, $2 displayName, $3 externalId, $4 id, or NULL for a new one
-- No row: the name is taken.
INSERT INTO scim.groups AS team (org, id, display_name, external_id)
VALUES ($1, coalesce($4::uuid, gen_random_uuid()), $2, $3)
    ON CONFLICT (org, display_name_key) WHERE unique_name DO NOTHING
RETURNING team.id,
       team.version,
       to_char(team.created AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created,
       to_char(team.last_modified AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS last_modified,
       scim.group_resource(team.display_name, team.external_id) AS resource,
       NULL::json AS groups,
       team.member_count
