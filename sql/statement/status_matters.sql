-- status_matters: the milestones of an organization in their order, then what needs attention.
-- $1 org
SELECT told.kind, told.code, told.state, to_char(told.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS at,
       told.sentence, told.next_step
  FROM (SELECT 'milestone' AS kind, step.name AS code, step.place,
               CASE WHEN reached.at IS NOT NULL THEN 'done' ELSE 'waiting' END AS state,
               reached.at,
               CASE WHEN reached.at IS NULL THEN step.waiting
                    WHEN step.name = 'first_call' AND reached.evidence ? 'refused'
                    THEN format('The first call came, and was refused (%s).', reached.evidence ->> 'refused')
                    ELSE step.done || coalesce(': ' || coalesce(reached.evidence ->> 'name', nullif(reached.evidence ->> 'label', '')), '')
                         || '.' END AS sentence,
               CASE WHEN reached.at IS NULL THEN replace(step.next, 'ORG', $1) ELSE '' END AS next_step
          FROM (VALUES
               (1, 'token_created', 'A token was made', 'There was never a token.', '`scimlet token create ORG`.'),
               (2, 'first_call', 'The first call came', 'No call has come yet.',
                'Enter the address (`scimlet org show ORG`) and the token at the identity provider.'),
               (3, 'token_check', 'A call came with a token that works', 'No call has come with a token that works.',
                'Enter a token that works (`scimlet token list ORG`) at the identity provider.'),
               (4, 'test_connection', 'The identity provider tested the connection', 'The connection was not tested yet.',
                'Test the connection at the identity provider.'),
               (5, 'first_person', 'The first person was created by the identity provider', 'Nobody was created by the identity provider yet.',
                'Assign somebody at the identity provider; if that was done: `scimlet why ORG PERSON`.'),
               (6, 'first_update', 'The first person was changed by the identity provider', 'Nobody was changed by the identity provider yet.', ''),
               (7, 'first_group', 'The first group was created by the identity provider', 'No group was created by the identity provider yet.', ''),
               (8, 'first_deactivation', 'The first person was deactivated or deleted by the identity provider',
                'Nobody was deactivated or deleted by the identity provider yet.', '')
               ) AS step (place, name, done, waiting, next)
          LEFT JOIN scim.milestones AS reached ON reached.org = $1 AND reached.step = step.name
        UNION ALL
        SELECT 'attention', entry.code, 100, 'open', entry.since, entry.sentence, entry.next_step
          FROM scim.attention AS entry
         WHERE entry.org = $1) AS told
 ORDER BY told.place, told.at DESC NULLS LAST, told.code
