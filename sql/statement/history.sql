-- history: what changed about a person, oldest first, also of one who is gone.
-- $1 org, $2 userName, id or externalId
SELECT to_char(event.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at,
       event.action, event.who, event.name, event.changed, event.request_id
  FROM scim.history($1, $2) AS event
