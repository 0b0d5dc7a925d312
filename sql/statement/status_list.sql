-- status_list: the connections of all organizations that the session may see, or of one.
-- $1 org, or '*' for all
SELECT connection.org, connection.state,
       to_char(connection.since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since,
       connection.idp,
       to_char(connection.last_call AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS last_call,
       to_char(connection.last_write AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS last_write,
       to_char(connection.last_refusal AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS last_refusal,
       connection.people, connection.active, connection.suspended, connection.groups, connection.tokens_live,
       (SELECT count(*) FROM scim.attention AS entry WHERE entry.org = connection.org) AS attention
  FROM scim.connections AS connection
 WHERE $1 IN (connection.org, '*')
 ORDER BY connection.org
