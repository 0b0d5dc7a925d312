-- guard_list: the organizations whose guard ever stopped somebody or was released, the stopped ones first.
SELECT org,
       CASE WHEN released_until > now() THEN 'released'
            WHEN stopped IS NOT NULL THEN 'stopped'
            ELSE 'watching'
       END AS state,
       to_char(stopped AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS stopped,
       refused,
       to_char(released_until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS released_until,
       released_by
  FROM scim.guards
 ORDER BY stopped IS NULL, stopped, org
