-- person_activate: an administrator suspends a person, or takes that back.
-- $1 org, $2 id, $3 boolean: the new active
UPDATE scim.users
   SET active = $3::boolean,
       removed = removed AND NOT $3::boolean
 WHERE org = $1
   AND id = $2::uuid
RETURNING status
