-- person_show: one person, for an administrator.
-- $1 org, $2 id
SELECT person.id, person.user_name, person.external_id, person.status, detail.active, detail.protected,
       person.display_name, person.email, person.title, person.department, person.account,
       detail.login_subject,
       to_char(person.linked AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS linked,
       to_char(person.last_login AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS last_login,
       to_char(person.created AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS created,
       to_char(person.last_modified AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS last_modified,
       (SELECT string_agg(team.display_name, ',' ORDER BY team.display_name)
          FROM scim.group_members AS membership
          JOIN scim.groups AS team ON team.org = membership.org AND team.id = membership.group_id
         WHERE membership.org = $1 AND membership.member_id = person.id) AS groups
  FROM scim.people AS person
  JOIN scim.users AS detail ON detail.org = person.org AND detail.id = person.id
 WHERE person.org = $1
   AND person.id = $2::uuid
