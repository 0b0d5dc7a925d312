-- group_log: the row of request_log for a group that was written.
-- $1 org, $2 id, $3 action, $4 HTTP status
SELECT scim.log_done($1, $3, 'Group', team.id, team.display_name, NULL, team.external_id, $4::integer,
           CASE WHEN team.hidden THEN 'group.not_synced' END,
           CASE WHEN team.hidden THEN ARRAY[team.display_name] END)
  FROM scim.groups AS team
 WHERE team.org = $1
   AND team.id = $2::uuid
