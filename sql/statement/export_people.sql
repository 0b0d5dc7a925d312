-- export_people: everybody, in an order that does not depend on ids; read by FETCH.
-- $1 org, $2 whether their groups are wanted
DECLARE exported_people NO SCROLL CURSOR FOR
SELECT person.id,
       to_char(person.created AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created,
       to_char(person.last_modified AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS last_modified,
       person.active,
       person.resource,
       -- NULL: manager_id is empty, or nobody's id here.
       manager.user_name AS manager,
       CASE WHEN $2::boolean
            THEN (SELECT json_agg(team.display_name ORDER BY team.display_name_key, team.id)
                    FROM scim.group_members AS member
                    JOIN scim.groups AS team ON team.org = $1 AND team.id = member.group_id
                   WHERE member.org = $1 AND member.user_id = person.id)
       END AS groups
  FROM scim.users AS person
  LEFT JOIN scim.users AS manager
    ON manager.org = $1
   AND manager.id = CASE WHEN person.manager_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
                         THEN person.manager_id::uuid END
 WHERE person.org = $1
 ORDER BY person.user_name_key
