-- index_begin: from now on whoever writes a person writes the values of this attribute, too.
-- $1 org, or *, $2 attribute, $3 jsonpath of its values in users.resource
-- No row: there is no such organization.  ready: it was indexed already.
WITH known AS (
    SELECT FROM scim.organizations WHERE org = $1
    UNION ALL
    SELECT WHERE $1 = '*'
), begun AS (
    INSERT INTO scim.indexed_attributes (org, attribute, path)
    SELECT $1, $2, $3::jsonpath FROM known
        ON CONFLICT (org, attribute) DO NOTHING
    RETURNING ready
)
SELECT ready FROM begun
UNION ALL
SELECT ready FROM scim.indexed_attributes WHERE org = $1 AND attribute = $2
