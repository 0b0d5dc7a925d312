-- user_delete: removes a person with addresses and memberships.
-- $1 org, $2 id
DELETE FROM scim.users AS person
 WHERE person.org = $1
   AND person.id = $2::uuid
RETURNING person.id
