-- group_update: another name or externalId for a group that was locked before.
-- $1 org, $2 id, $3 displayName, $4 externalId
UPDATE scim.groups AS team
   SET display_name = $3,
       external_id = $4
 WHERE team.org = $1
   AND team.id = $2::uuid
