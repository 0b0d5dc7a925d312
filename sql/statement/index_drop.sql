-- index_drop: from now on filters do not use the values, and nobody writes them.
-- $1 org, or *, $2 attribute
DELETE FROM scim.indexed_attributes
 WHERE org = $1
   AND attribute = $2
RETURNING ready
