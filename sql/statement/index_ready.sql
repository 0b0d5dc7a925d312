-- index_ready: from now on filters use the values.
-- $1 org, or *, $2 attribute
UPDATE scim.indexed_attributes
   SET ready = true
 WHERE org = $1
   AND attribute = $2
