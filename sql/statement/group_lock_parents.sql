-- group_lock_parents: before a group is deleted, locks it and the groups it is
-- a member of, in the order in which everybody locks them: without that, one
-- who adds the group to another could wait for us while we wait for them.
-- $1 org, $2 id
SELECT team.id
  FROM scim.groups AS team
 WHERE team.org = $1
   AND (team.id = $2::uuid
        OR team.id IN (SELECT member.group_id
                         FROM scim.group_members AS member
                        WHERE member.org = $1
                          AND member.subgroup_id = $2::uuid))
 ORDER BY team.id
   FOR NO KEY UPDATE
