-- connections, attention: how the identity provider of each organization is
-- doing, and what somebody should look at.
--
-- They run as their owner, who sees every organization: for the reader and the
-- command line, not for the responder. Counts are joined, not looked up row by
-- row: WHERE org = ... then reaches them as a value, and a small organization
-- beside a large one is found by index.

CREATE OR REPLACE VIEW scim.connections AS
WITH seen AS (
    SELECT organization.org, organization.created, setting.provisioning, setting.idp,
           token.last_call, token.live, token.agent,
           (SELECT max(log.at) FROM scim.request_log AS log
             WHERE log.org = organization.org AND log.token_id IS NOT NULL
               AND log.result IN ('done', 'ignored')) AS last_write,
           greatest((SELECT max(log.at) FROM scim.request_log AS log
                      WHERE log.org = organization.org AND log.token_id IS NOT NULL
                        AND log.result IN ('refused', 'failed')), caller.last_at) AS last_refusal,
           caller.last_at AS last_turned_away,
           (SELECT count(*) = 3 AND bool_and(last.result IN ('refused', 'failed'))
              FROM (SELECT log.result FROM scim.request_log AS log
                     WHERE log.org = organization.org AND log.token_id IS NOT NULL
                       AND log.action <> 'login' AND log.at > now() - interval '3 days'
                     ORDER BY log.at DESC LIMIT 3) AS last) AS refuses
      FROM scim.organizations AS organization
      JOIN scim.organization_settings AS setting USING (org)
      LEFT JOIN (
           SELECT mine.org, max(mine.last_used) AS last_call,
                  count(*) FILTER (WHERE mine.expires > now() AND (mine.revoked IS NULL OR mine.revoked > now())) AS live,
                  (array_agg(mine.last_used_agent ORDER BY mine.last_used DESC)
                      FILTER (WHERE mine.last_used IS NOT NULL))[1] AS agent
             FROM scim.tokens AS mine GROUP BY mine.org) AS token USING (org)
     CROSS JOIN LATERAL (
           SELECT max(refused.last_at) AS last_at
             FROM scim.refused_callers AS refused WHERE refused.org = organization.org) AS caller
), judged AS (
    SELECT seen.*,
           CASE WHEN NOT provisioning THEN 'off'
                WHEN last_call IS NULL THEN 'initializing'
                -- The last use of a token is noted once a minute.
                WHEN refuses OR last_turned_away > greatest(last_call + interval '1 minute', now() - interval '3 days')
                THEN 'failing'
                WHEN last_call < now() - interval '3 days' THEN 'quiet'
                ELSE 'connected'
           END AS state
      FROM seen
)
SELECT judged.org,
       judged.state,
       CASE judged.state
            WHEN 'initializing' THEN judged.created
            WHEN 'failing' THEN judged.last_refusal
            WHEN 'quiet' THEN judged.last_call
            WHEN 'connected' THEN (SELECT milestone.at FROM scim.milestones AS milestone
                                    WHERE milestone.org = judged.org AND milestone.step = 'first_call')
       END AS since,
       CASE WHEN judged.idp <> 'detected' THEN judged.idp
            WHEN judged.agent COLLATE "C" ~* 'okta' THEN 'okta'
            WHEN judged.agent COLLATE "C" ~* 'azure|microsoft|entra|aad' THEN 'entra'
            WHEN judged.agent IS NOT NULL THEN 'other'
       END AS idp,
       judged.last_call, judged.last_write, judged.last_refusal,
       coalesce(person.number, 0) AS people, coalesce(person.active, 0) AS active, coalesce(person.suspended, 0) AS suspended,
       coalesce(team.number, 0) AS groups,
       coalesce(judged.live, 0) AS tokens_live
  FROM judged
  LEFT JOIN (SELECT users.org, count(*) AS number, count(*) FILTER (WHERE users.status = 'active') AS active,
                    count(*) FILTER (WHERE users.status = 'suspended') AS suspended
               FROM scim.users GROUP BY users.org) AS person USING (org)
  LEFT JOIN (SELECT groups.org, count(*) AS number FROM scim.groups GROUP BY groups.org) AS team USING (org);
COMMENT ON VIEW scim.connections IS 'How the identity provider of each organization is doing.';
COMMENT ON COLUMN scim.connections.org   IS 'The organization.';
COMMENT ON COLUMN scim.connections.state IS
    'off (provisioning is), initializing (no call with a good token yet), failing (the last calls were refused), quiet (none for 3 days) or connected.';
COMMENT ON COLUMN scim.connections.since IS 'Since when, as far as it is known.';
COMMENT ON COLUMN scim.connections.idp   IS 'okta, entra or other: as set, or by the User-Agent of the last call; NULL: not known yet.';
COMMENT ON COLUMN scim.connections.last_call    IS 'The last call with a good token, to a minute.';
COMMENT ON COLUMN scim.connections.last_write   IS 'The last change that was done.';
COMMENT ON COLUMN scim.connections.last_refusal IS 'The last call or change that was refused.';
COMMENT ON COLUMN scim.connections.people       IS 'People, whatever their status.';
COMMENT ON COLUMN scim.connections.active       IS 'People who take a seat.';
COMMENT ON COLUMN scim.connections.suspended    IS 'People who were deactivated.';
COMMENT ON COLUMN scim.connections.groups       IS 'Groups, hidden ones included.';
COMMENT ON COLUMN scim.connections.tokens_live  IS 'Tokens that work.';

CREATE OR REPLACE VIEW scim.attention AS
WITH entry AS (
    SELECT guard.org, guard.stopped AS since, 'guard.stopped' AS code,
           format(CASE guard.refused WHEN 1 THEN '%s removal was' ELSE '%s removals were' END
                      || ' refused by the guard against mass removal.', guard.refused) AS sentence,
           format('If they are wanted: `scimlet guard release %s`.', guard.org) AS next_step
      FROM scim.guards AS guard
     WHERE guard.stopped IS NOT NULL
    UNION ALL
    -- Counted only where there is a limit.
    SELECT setting.org, NULL, 'seats.over_limit',
           format('%s active, more than the %s.',
                  CASE counted.taken WHEN 1 THEN '1 person is' ELSE counted.taken || ' people are' END,
                  CASE setting.seat_limit WHEN 1 THEN 'one seat' ELSE setting.seat_limit || ' seats' END),
           format('Deactivate people at the identity provider, or `scimlet org set %s seat_limit=...`.', setting.org)
      FROM scim.organization_settings AS setting
     CROSS JOIN LATERAL (SELECT count(*) AS taken FROM scim.users AS person
                          WHERE person.org = setting.org AND person.status = 'active') AS counted
     WHERE setting.seat_limit IS NOT NULL AND counted.taken > setting.seat_limit
    UNION ALL
    SELECT token.org, token.expires, 'token.expiring',
           format('The token "%s" (...%s) expires on %s.', token.label, token.last_four,
                  to_char(token.expires AT TIME ZONE 'UTC', 'YYYY-MM-DD')),
           format('`scimlet token replace %s %s`, then enter the new one at the identity provider.', token.org, left(token.id::text, 8))
      FROM scim.tokens AS token
     WHERE token.revoked IS NULL AND token.expires > now() AND token.expires < now() + interval '30 days'
    UNION ALL
    SELECT connection.org, NULL, 'token.none_live', 'No token works any more: all have expired or were revoked.',
           format('`scimlet token create %s`, then enter it at the identity provider.', connection.org)
      FROM scim.connections AS connection
     WHERE connection.tokens_live = 0
       AND EXISTS (SELECT FROM scim.tokens AS token WHERE token.org = connection.org)
    UNION ALL
    SELECT connection.org, connection.since, 'connection.' || connection.state,
           CASE connection.state
                WHEN 'failing' THEN 'The last calls of the identity provider were refused.'
                ELSE 'The identity provider has not called for three days or more.' END,
           CASE connection.state
                WHEN 'failing' THEN format('See `scimlet log %s --result refused`.', connection.org)
                ELSE 'See at the identity provider whether provisioning is switched on there.' END
      FROM scim.connections AS connection
     WHERE connection.state IN ('failing', 'quiet')
    UNION ALL
    -- For each organization by itself: the refusals of seven days are found by their index, among however many rows.
    -- Those of requests and sign-ins: an import, SQL or the command line told whoever ran it.
    SELECT connection.org, refused.at, refused.reason,
           format('%s: %s in the last 7 days%s.', coalesce(reason.title, refused.reason),
                  CASE refused.number WHEN 1 THEN 'once' ELSE refused.number || ' times' END,
                  CASE refused.subjects WHEN 0 THEN '' WHEN 1 THEN ', 1 person or group'
                       ELSE format(', %s people or groups', refused.subjects) END),
           coalesce(CASE connection.idp WHEN 'okta' THEN reason.okta WHEN 'entra' THEN reason.entra ELSE reason.other END,
                    format('See `scimlet log %s --reason %s`.', connection.org, refused.reason))
      FROM scim.connections AS connection
     CROSS JOIN LATERAL (SELECT log.reason, max(log.at) AS at, count(*) AS number, count(DISTINCT log.subject_key) AS subjects
                           FROM scim.request_log AS log
                          WHERE log.org = connection.org AND log.result IN ('refused', 'failed') AND log.reason IS NOT NULL
                            AND (log.token_id IS NOT NULL OR log.action = 'login')
                            AND log.at > now() - interval '7 days'
                          GROUP BY log.reason) AS refused
      LEFT JOIN scim.reasons AS reason ON reason.code = refused.reason
    UNION ALL
    SELECT lookup.org, min(lookup.first_at), 'first_person.missing',
           'The identity provider looked for somebody, found nobody, and then created nobody: creating people probably failed or is switched off there.',
           'Switch on creating people at the identity provider, or assign the person there again.'
      FROM scim.lookups AS lookup
     WHERE lookup.attribute = 'userName' AND lookup.last_at < now() - interval '60 seconds'
       AND lookup.last_at > now() - interval '7 days'
       AND NOT EXISTS (SELECT FROM scim.milestones AS milestone
                        WHERE milestone.org = lookup.org AND milestone.step = 'first_person')
       AND NOT EXISTS (SELECT FROM scim.request_log AS log
                        WHERE log.org = lookup.org AND log.subject_key = lookup.subject_key
                          AND log.action = 'create' AND log.at >= lookup.first_at)
     GROUP BY lookup.org
)
SELECT entry.org, entry.since, entry.code, entry.sentence, entry.next_step FROM entry;
COMMENT ON VIEW scim.attention IS 'What needs the attention of an administrator: one row per matter.';
COMMENT ON COLUMN scim.attention.org       IS 'The organization.';
COMMENT ON COLUMN scim.attention.since     IS 'Since when; of a token, when it expires; of refusals, the last one.';
COMMENT ON COLUMN scim.attention.code      IS 'What kind of matter; of refusals, a code of scim.reasons.';
COMMENT ON COLUMN scim.attention.sentence  IS 'The matter in plain words.';
COMMENT ON COLUMN scim.attention.next_step IS 'What to do about it.';
