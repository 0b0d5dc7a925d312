-- org_create: a new organization.
-- $1 org, $2 name
-- False: there is one with this key.
SELECT scim.create_organization($1, coalesce($2, ''))
