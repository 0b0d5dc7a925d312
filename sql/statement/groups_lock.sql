-- groups_lock: locks the groups that several changes will name, and those that
-- they are members of, in the order in which everybody locks them (see
-- group_lock_parents): two who name the same in opposite orders wait and do not deadlock.
-- $1 org, $2 ids (uuid[])
SELECT team.id
  FROM scim.groups AS team
 WHERE team.org = $1
   AND team.id = ANY (ARRAY(SELECT id FROM unnest($2::uuid[]) AS id
                            UNION
                            SELECT member.group_id
                              FROM scim.group_members AS member
                             WHERE member.org = $1
                               AND member.subgroup_id = ANY ($2::uuid[])))
 ORDER BY team.id
   FOR NO KEY UPDATE
