-- group_delete: removes a group and its memberships, in both directions, and logs it.
-- $1 org, $2 id
WITH team AS (
    DELETE FROM scim.groups
     WHERE org = $1
       AND id = $2::uuid
    RETURNING id, display_name, external_id
)
SELECT team.id,
       scim.log_done($1, 'delete', 'Group', team.id, team.display_name, NULL, team.external_id, 204)
  FROM team
