-- mapping_list: the mappings of an organization.
-- $1 org
-- groups: how many groups each means that the application can see.
SELECT mapping.id, mapping.pattern, mapping.team, mapping.role, mapping.priority,
       (SELECT count(*)
          FROM scim.groups AS team
         WHERE team.org = $1
           AND NOT team.hidden
           AND team.display_name_key LIKE scim.like_pattern(mapping.pattern)) AS groups
  FROM scim.organizations AS organization
  LEFT JOIN scim.group_mappings AS mapping ON mapping.org = $1
 WHERE organization.org = $1
 ORDER BY mapping.id
