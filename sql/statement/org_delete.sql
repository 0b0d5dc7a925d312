-- org_delete: an organization with all of it.
-- $1 org
SELECT deleted, people, groups
  FROM scim.delete_organization($1)
