-- mapping_remove: takes a mapping away.
-- $1 org, $2 id
-- No row: there is none.
DELETE FROM scim.group_mappings
 WHERE org = $1
   AND id = $2::integer
RETURNING id, true AS changed
