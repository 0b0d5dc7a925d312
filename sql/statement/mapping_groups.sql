-- mapping_groups: the groups of an organization.
-- $1 org, $2 only hidden ones (boolean)
-- A row whose id is NULL: it has none. No row: there is no such organization.
SELECT team.display_name, team.id, team.external_id, team.member_count, team.hidden, team.protected
  FROM scim.organizations AS organization
  LEFT JOIN scim.groups AS team ON team.org = $1 AND (team.hidden OR NOT $2::boolean)
 WHERE organization.org = $1
 ORDER BY team.display_name COLLATE "C", team.id
