-- users_create: user_create for many; a row for each, in their order.
-- $1 org, $2 JSON array of objects with id and resource, $3 base address of resources
-- reason: refused, with three arguments for its sentence; nothing was written.
SELECT (answer.person).id,
       concat((answer.person).version, membership.digest) AS version,
       to_char((answer.person).created AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created,
       to_char((answer.person).last_modified AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS last_modified,
       (answer.person).resource,
       membership.groups,
       answer.reason,
       answer.arguments[1] AS first,
       answer.arguments[2] AS second,
       answer.arguments[3] AS third
  FROM scim.create_people($1, $2::jsonb) AS answer
  LEFT JOIN LATERAL (SELECT groups, digest
                       FROM scim.groups_of($1, (answer.person).id, $3)
                      WHERE answer.revived) AS membership ON true
 ORDER BY answer.place
