-- org_known: a row where there is such an organization; for who may read neither people nor groups.
-- $1 org
SELECT FROM scim.organizations AS organization WHERE organization.org = $1
