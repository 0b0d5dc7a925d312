-- user_create: a new person; the columns follow from the resource by trigger.
-- $1 org, $2 resource, $3 id, or NULL for a new one
-- No row: the userName is taken.
INSERT INTO scim.users AS person (org, id, resource)
VALUES ($1, coalesce($3::uuid, gen_random_uuid()), $2::jsonb)
    ON CONFLICT ON CONSTRAINT users_user_name_key DO NOTHING
RETURNING person.id,
       person.version,
       to_char(person.created AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created,
       to_char(person.last_modified AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS last_modified,
       person.resource,
       NULL::json AS groups
