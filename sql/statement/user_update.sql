-- user_update: another resource for a person who was locked before.
-- $1 org, $2 id, $3 resource, $4 base address of resources
WITH changed AS (
    UPDATE scim.users AS person
       SET resource = $3::jsonb
     WHERE person.org = $1
       AND person.id = $2::uuid
    RETURNING person.*
)
SELECT changed.id,
       concat(changed.version, membership.digest) AS version,
       to_char(changed.created AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created,
       to_char(changed.last_modified AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS last_modified,
       changed.resource,
       membership.groups
  FROM changed
  LEFT JOIN LATERAL scim.groups_of(changed.org, changed.id, $4) AS membership ON true
