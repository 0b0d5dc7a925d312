-- mapping_add: a new mapping, or another priority for one that is there.
-- $1 org, $2 pattern, $3 team, $4 role, $5 priority
-- changed: it was not there like that. No row: there is no such organization.
WITH before AS (
    SELECT priority
      FROM scim.group_mappings
     WHERE org = $1
       AND pattern = $2
       AND team IS NOT DISTINCT FROM $3
       AND role IS NOT DISTINCT FROM $4
)
INSERT INTO scim.group_mappings (org, id, pattern, team, role, priority)
SELECT organization.org,
       1 + coalesce((SELECT max(id) FROM scim.group_mappings WHERE org = $1), 0),
       $2, $3, $4, $5::integer
  FROM scim.organizations AS organization
 WHERE organization.org = $1
    ON CONFLICT (org, pattern, (coalesce(team, '')), (coalesce(role, '')))
    DO UPDATE SET priority = excluded.priority
RETURNING id, (SELECT priority FROM before) IS DISTINCT FROM $5::integer AS changed
