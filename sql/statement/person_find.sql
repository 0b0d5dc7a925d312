-- person_find: the people that a word of an administrator may mean.
-- $1 org, $2 id, userName, externalId or email
WITH named AS (
    SELECT id, 1 AS rank FROM scim.users WHERE org = $1 AND id::text = lower($2)
    UNION ALL
    SELECT id, 2 FROM scim.users WHERE org = $1 AND user_name_key = scim.fold($2)
    UNION ALL
    SELECT id, 3 FROM scim.users WHERE org = $1 AND external_id = $2
    UNION ALL
    SELECT user_id, 4 FROM scim.user_emails WHERE org = $1 AND value_key = scim.fold($2)
)
SELECT person.id, person.user_name, person.status
  FROM scim.users AS person
 WHERE person.org = $1
   AND person.id IN (SELECT id FROM named WHERE rank = (SELECT min(rank) FROM named))
 ORDER BY person.id
 LIMIT 10
