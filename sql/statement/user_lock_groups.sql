-- user_lock_groups: before a person is deleted, locks the groups of the person,
-- in the order in which everybody locks them (see group_lock_parents).
-- $1 org, $2 id
SELECT team.id
  FROM scim.groups AS team
 WHERE team.org = $1
   AND team.id IN (SELECT member.group_id
                     FROM scim.group_members AS member
                    WHERE member.org = $1
                      AND member.user_id = $2::uuid)
 ORDER BY team.id
   FOR NO KEY UPDATE
