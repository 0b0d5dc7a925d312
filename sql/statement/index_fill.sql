-- index_fill: the values of the next people who were there before index_begin.
-- $1 org, or *, $2 attribute, $3 jsonpath, $4 org and $5 id of the last person done
-- One row: the last person of these.  No row: all are done.
-- The lock: whoever changes one of them meanwhile writes after us.
WITH people AS (
    SELECT org, id, resource
      FROM scim.users
     WHERE ($1 = '*' OR org = $1)
       AND (org, id) > ($4, $5::uuid)
     ORDER BY org, id
     LIMIT 200
       FOR NO KEY UPDATE
), filled AS (
    INSERT INTO scim.indexed_values (org, user_id, attribute, value_key)
    SELECT people.org, people.id, $2, found.value_key
      FROM people
     CROSS JOIN LATERAL scim.value_keys(people.resource, $3::jsonpath) AS found (value_key)
        ON CONFLICT DO NOTHING
)
SELECT org, id FROM people ORDER BY org DESC, id DESC LIMIT 1
