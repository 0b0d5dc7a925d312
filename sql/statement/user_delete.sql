-- user_delete: removes a person with addresses and memberships, as the settings say.
-- $1 org, $2 id
-- reason: refused, with three arguments for its sentence; nothing was written.
SELECT (answer.person).id,
       answer.reason,
       answer.arguments[1] AS first,
       answer.arguments[2] AS second,
       answer.arguments[3] AS third
  FROM scim.delete_person($1, $2::uuid) AS answer
