-- user_update: another resource for a person who was locked before, as the settings say.
-- $1 org, $2 id, $3 resource, $4 base address of resources
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
  FROM scim.change_person($1, $2::uuid, $3::jsonb) AS answer
  -- The statement still sees the groups that a removed person was in.
  LEFT JOIN LATERAL (SELECT groups, digest
                       FROM scim.groups_of($1, (answer.person).id, $4)
                      WHERE NOT (answer.person).removed) AS membership ON true
