-- person_list: the people of an organization.
-- $1 org, $2 status, or NULL: all
SELECT user_name, status, display_name, email, account,
       to_char(last_login AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS last_login, id
  FROM scim.people
 WHERE org = $1
   AND ($2::text IS NULL OR status = $2)
 ORDER BY user_name, id
