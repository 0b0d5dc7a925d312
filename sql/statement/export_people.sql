-- export_people: everybody, in an order that does not depend on ids; read by FETCH.
-- $1 org, $2 whether their groups are wanted
-- Of an organization that statistics do not know yet, the planner expects one row, and would look for each manager and group by
-- reading the whole organization. (SELECT $1) is no value to it, and OFFSET 0 keeps it from joining: each is found by its key.
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
                    JOIN LATERAL (SELECT one.id, one.display_name, one.display_name_key
                                    FROM scim.groups AS one
                                   WHERE one.org = (SELECT $1) AND one.id = member.group_id
                                  OFFSET 0) AS team ON true
                   WHERE member.org = (SELECT $1) AND member.user_id = person.id)
       END AS groups
  FROM scim.users AS person
  LEFT JOIN LATERAL (SELECT one.user_name
                       FROM scim.users AS one
                      WHERE one.org = (SELECT $1)
                        AND one.id = CASE WHEN person.manager_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
                                          THEN person.manager_id::uuid END
                     OFFSET 0) AS manager ON true
 WHERE person.org = $1
 ORDER BY person.user_name_key
