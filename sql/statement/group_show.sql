-- group_show: a group, for an administrator.
-- $1 org, $2 id or displayName
SELECT team.id, team.display_name, team.external_id, team.hidden, team.protected, team.member_count,
       (SELECT count(*) FROM scim.effective_members($1, team.id::text)) AS people,
       team.version,
       to_char(team.created AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS created,
       to_char(team.last_modified AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS last_modified
  FROM scim.find_group($1, $2) AS meant
  JOIN scim.groups AS team ON team.org = $1 AND team.id = meant.group_id
