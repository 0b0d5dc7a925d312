-- group_delete: removes a group and its memberships, in both directions.
-- $1 org, $2 id
DELETE FROM scim.groups AS team
 WHERE team.org = $1
   AND team.id = $2::uuid
RETURNING team.id
