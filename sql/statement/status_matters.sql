-- status_matters: the milestones of an organization, then what needs attention.
-- $1 org
SELECT 'milestone' AS kind, step.name AS code,
       CASE WHEN milestone.at IS NOT NULL THEN 'done' ELSE 'waiting' END AS state,
       to_char(milestone.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS at,
       coalesce(milestone.evidence::text, '') AS sentence,
       '' AS next_step
  FROM unnest('{token_created,first_call,token_check,test_connection,first_person,first_update,first_group,first_deactivation}'::text[])
       WITH ORDINALITY AS step (name, place)
  LEFT JOIN scim.milestones AS milestone ON milestone.org = $1 AND milestone.step = step.name
UNION ALL
SELECT 'attention', entry.code, 'open',
       to_char(entry.since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), entry.sentence, entry.next_step
  FROM scim.attention AS entry
 WHERE entry.org = $1
