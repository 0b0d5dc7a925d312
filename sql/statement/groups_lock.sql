-- groups_lock: locks the groups that several changes will name, and those that
-- they are members of, in the order in which everybody locks them (see
-- group_lock_parents): two who name the same in opposite orders wait and do not deadlock.
-- $1 org, $2 ids (uuid[])
WITH named AS (
    SELECT id FROM unnest($2::uuid[]) AS id
    UNION
    SELECT parent.group_id
      FROM unnest($2::uuid[]) AS child (id)
     CROSS JOIN LATERAL (SELECT group_id FROM scim.group_members
                          WHERE org = $1 AND subgroup_id = child.id OFFSET 0) AS parent
)
SELECT team.id
  FROM (SELECT id FROM named ORDER BY id) AS named
 CROSS JOIN LATERAL (SELECT id FROM scim.groups WHERE org = $1 AND id = named.id
                      LIMIT 1 FOR NO KEY UPDATE) AS team
