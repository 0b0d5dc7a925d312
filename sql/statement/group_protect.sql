-- group_protect: SCIM shall, or shall not, leave a group and its members alone.
-- $1 org, $2 id or displayName of the group, $3 boolean
UPDATE scim.groups
   SET protected = $3::boolean
 WHERE org = $1
   AND (id::text = lower($2) OR display_name_key = scim.fold($2))
RETURNING id, display_name
