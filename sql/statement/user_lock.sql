-- user_lock: one person, locked until the end of the transaction.
-- $1 org, $2 id, $3 base address of resources
SELECT
       person.id,
       concat(person.version, membership.digest) AS version,
       to_char(person.created AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created,
       to_char(person.last_modified AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS last_modified,
       person.resource,
       membership.groups
  FROM scim.users AS person
  LEFT JOIN LATERAL scim.groups_of(person.org, person.id, $3) AS membership ON true
 WHERE person.org = $1
   AND person.id = $2::uuid
   FOR NO KEY UPDATE OF person
