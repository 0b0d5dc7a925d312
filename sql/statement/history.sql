-- history: what changed about a person, oldest first, also of one who is gone.
-- $1 org, $2 userName, id or externalId
WITH meant AS (
    SELECT person.id
      FROM scim.users AS person
     WHERE person.org = $1
       AND (person.user_name_key = scim.fold($2) OR person.external_id = $2 OR person.id::text = lower($2))
    UNION
    SELECT gone.resource_id
      FROM scim.audit_events AS gone
     WHERE gone.org = $1 AND gone.action = 'deleted' AND gone.resource_type = 'User'
       AND (scim.fold(gone.name) = scim.fold($2) OR gone.resource_id::text = lower($2))
)
SELECT to_char(event.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at,
       event.action,
       coalesce((SELECT 'token ' || token.label || ' ...' || token.last_four
                   FROM scim.tokens AS token
                  WHERE token.org = $1 AND token.id = event.token_id),
                event.actor || ' (' || coalesce(nullif(event.application, ''), 'SQL') || ')') AS who,
       event.name,
       (SELECT string_agg(format('%s: %s -> %s', key, coalesce(old.value::text, '-'), coalesce(new.value::text, '-')),
                          '; ' ORDER BY key)
          FROM jsonb_each((event.before - 'resource') || (event.before -> 'resource')) AS old
          FULL JOIN jsonb_each((event.after - 'resource') || (event.after -> 'resource')) AS new USING (key)
         WHERE event.before IS NOT NULL AND event.after IS NOT NULL
           AND key NOT IN ('version', 'schemas')
           AND old.value IS DISTINCT FROM new.value) AS changed,
       event.request_id
  FROM scim.audit_events AS event
 WHERE event.org = $1
   AND event.resource_id = ANY (ARRAY(SELECT id FROM meant))
   AND event.resource_type = 'User'
 ORDER BY event.at, event.seq
