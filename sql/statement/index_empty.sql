-- index_empty: removes ten thousand values that no index is left for.
-- $1 org, or *, $2 attribute
-- No row affected: all are gone.
DELETE FROM scim.indexed_values
 WHERE ctid = ANY (ARRAY(
        SELECT value.ctid
          FROM scim.indexed_values AS value
         WHERE ($1 = '*' OR value.org = $1)
           AND value.attribute = $2
           AND NOT EXISTS (
               SELECT FROM scim.indexed_attributes AS other
                WHERE other.org IN (value.org, '*')
                  AND other.attribute = value.attribute)
         LIMIT 10000))
