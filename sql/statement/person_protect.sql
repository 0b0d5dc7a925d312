-- person_protect: SCIM shall, or shall not, leave a person alone.
-- $1 org, $2 id, $3 boolean
UPDATE scim.users
   SET protected = $3::boolean
 WHERE org = $1
   AND id = $2::uuid
RETURNING id
