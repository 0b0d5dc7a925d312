-- org_set: changes name and settings, all of them or none.
-- $1 org, $2 the settings that change, a JSON object: {"delete_users": false,
-- "seat_limit": null}; what it does not name stays.
-- No row: there is no such organization.
SELECT organization.org, (SELECT count(*) FROM scim.set_settings(organization.org, $2::jsonb)) AS changed
  FROM scim.organizations AS organization
 WHERE organization.org = $1
