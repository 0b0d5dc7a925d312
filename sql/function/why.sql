-- Why somebody is here or not: the catalogue in words, and the story of a
-- person from what the identity provider sent. Nothing here is written.

SET LOCAL client_min_messages = warning;

CREATE OR REPLACE FUNCTION scim.sentence(code text, arguments text[]) RETURNS text
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    -- Parted at each "{", so that an argument that looks like {1} stays as it is.
    SELECT string_agg(CASE WHEN ordinal = 1 THEN part
                           ELSE coalesce($2[left(part, 1)::integer + 1], '') || substr(part, 3) END,
                      '' ORDER BY ordinal)
      FROM scim.reasons, regexp_split_to_table(reasons.sentence, '[{]') WITH ORDINALITY AS parts (part, ordinal)
     WHERE reasons.code = $1
$$;
COMMENT ON FUNCTION scim.sentence(text, text[]) IS
    'The sentence of a reason with its arguments filled in; NULL: there is no such reason.';

CREATE OR REPLACE FUNCTION scim.idp_of(org text) RETURNS text
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN settings.idp <> 'detected' THEN settings.idp
                WHEN agent COLLATE "C" ~* 'okta' THEN 'okta'
                WHEN agent COLLATE "C" ~* 'azure|entra|microsoft|AAD' THEN 'entra'
                ELSE 'other' END
      FROM scim.organization_settings AS settings
      LEFT JOIN LATERAL (
               SELECT seen.agent
                 FROM (SELECT tokens.last_used_agent, tokens.last_used FROM scim.tokens
                        WHERE tokens.org = $1 AND tokens.last_used_agent IS NOT NULL
                       UNION ALL
                       SELECT callers.agent, callers.last_at FROM scim.refused_callers AS callers
                        WHERE callers.org = $1 AND callers.agent IS NOT NULL) AS seen (agent, at)
                ORDER BY seen.at DESC NULLS LAST LIMIT 1) AS last ON true
     WHERE settings.org = $1
$$;
COMMENT ON FUNCTION scim.idp_of(text) IS
    'okta, entra or other: as the setting idp says, or else by the User-Agent that called last.';

CREATE OR REPLACE FUNCTION scim.advice_for(idp text, org text, code text) RETURNS text
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT replace(CASE $1 WHEN 'okta' THEN okta WHEN 'entra' THEN entra ELSE other END, 'ORG', $2)
      FROM scim.reasons WHERE reasons.code = $3
$$;
COMMENT ON FUNCTION scim.advice_for(text, text, text) IS
    'What to do about a reason in okta, entra or another identity provider; with the key of the organization for ORG.';

CREATE OR REPLACE FUNCTION scim.advice(org text, code text) RETURNS text
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT scim.advice_for(scim.idp_of($1), $1, $2)
$$;
COMMENT ON FUNCTION scim.advice(text, text) IS
    'What to do about a reason, in the words of the identity provider of the organization.';

CREATE OR REPLACE FUNCTION scim.utc(at timestamptz) RETURNS text
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT to_char($1 AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')
$$;
COMMENT ON FUNCTION scim.utc(timestamptz) IS 'A time as sentences show it.';

CREATE OR REPLACE FUNCTION scim.people_called(org text, person text) RETURNS TABLE (id uuid, found_by text)
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT found.id, (array_agg(found.by ORDER BY found.rank))[1]
      FROM (SELECT users.id, 'id', 1 FROM scim.users
             WHERE users.org = $1
               AND users.id = CASE WHEN $2 ~ '^[[:xdigit:]]{8}(-[[:xdigit:]]{4}){3}-[[:xdigit:]]{12}$' THEN $2::uuid END
            UNION ALL
            SELECT users.id, 'userName', 2 FROM scim.users WHERE users.org = $1 AND users.user_name_key = scim.fold($2)
            UNION ALL
            SELECT emails.user_id, 'email', 3 FROM scim.user_emails AS emails
             WHERE emails.org = $1 AND emails.value_key = scim.fold($2)
            UNION ALL
            SELECT users.id, 'externalId', 4 FROM scim.users WHERE users.org = $1 AND users.external_id = $2
            UNION ALL
            SELECT users.id, 'login subject', 5 FROM scim.users WHERE users.org = $1 AND users.login_subject = $2
            UNION ALL
            SELECT users.id, 'displayName', 6 FROM scim.users
             WHERE users.org = $1 AND users.display_name_key = scim.fold($2)) AS found (id, by, rank)
     GROUP BY found.id
$$;
COMMENT ON FUNCTION scim.people_called(text, text) IS
    'The people of an organization whose id, userName, email, externalId, login subject or displayName this is, and which of them.';

-- What the log knows of a name: by subject, email and externalId, newest first.
CREATE OR REPLACE FUNCTION scim.log_of(org text, person text, user_name text DEFAULT NULL)
    RETURNS SETOF scim.request_log
    LANGUAGE plpgsql STABLE ROWS 20
    -- Asked several times for one answer: planning it for all partitions takes longer than running it.
    SET plan_cache_mode = force_generic_plan
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT DISTINCT * FROM (
        (SELECT * FROM scim.request_log AS log WHERE log.org = $1 AND log.subject_key = scim.fold($2)
          ORDER BY log.at DESC LIMIT 20)
        UNION ALL
        (SELECT * FROM scim.request_log AS log WHERE log.org = $1 AND log.subject_key = scim.fold($3)
          ORDER BY log.at DESC LIMIT 20)
        UNION ALL
        (SELECT * FROM scim.request_log AS log WHERE log.org = $1 AND log.email_key = scim.fold($2)
          ORDER BY log.at DESC LIMIT 20)
        UNION ALL
        (SELECT * FROM scim.request_log AS log
          WHERE log.org = $1 AND log.external_id = $2 AND log.result <> 'done'
          ORDER BY log.at DESC LIMIT 20)) AS log
     ORDER BY log.at DESC LIMIT 20;
END
$$;
COMMENT ON FUNCTION scim.log_of(text, text, text) IS
    'The last 20 rows of request_log that name somebody, also under the userName if it is given.';

CREATE OR REPLACE FUNCTION scim.event_told(event scim.audit_events) RETURNS text
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('%s at %s by %s', replace(event.action, '_', ' '), scim.utc(event.at),
               CASE WHEN event.token_id IS NULL
                    THEN event.actor || coalesce(' with ' || nullif(event.application, ''), '')
                    ELSE format('the identity provider with the token %s', coalesce(
                             (SELECT format('"%s"', tokens.label) FROM scim.tokens
                               WHERE tokens.org = event.org AND tokens.id = event.token_id), event.token_id::text)) END)
$$;
COMMENT ON FUNCTION scim.event_told(scim.audit_events) IS 'An event of the audit in words: what, when and by whom.';

-- Since when somebody is here, and by whom: the last time they came or came back.
CREATE OR REPLACE FUNCTION scim.why_since(org text, person_id uuid) RETURNS text
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(
        (SELECT scim.event_told(events)
           FROM scim.audit_events AS events
          WHERE events.org = $1 AND events.resource_id = $2 AND events.action IN ('created', 'reactivated')
          ORDER BY events.at DESC, events.seq DESC LIMIT 1),
        (SELECT format('created at %s; by whom is not recorded any more', scim.utc(users.created)) FROM scim.users
          WHERE users.org = $1 AND users.id = $2))
$$;
COMMENT ON FUNCTION scim.why_since(text, uuid) IS
    'When and by whom somebody who is here was created or, if that is later, reactivated; NULL: there is nobody.';

-- Somebody who is here: a refusal later than anything that was done comes first, then the state.
-- Only a refusal of an identity provider or of a sign-in: one of an import was told to whoever
-- ran it, and changes nothing of what is true. Of one moment, what was done counts.
CREATE OR REPLACE FUNCTION scim.why_here(org text, person text, person_id uuid, found_by text)
    RETURNS TABLE (at timestamptz, code text, arguments text[], evidence jsonb)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    known scim.users;
    last  scim.request_log;
    ended scim.audit_events;
    label text;
    here  CONSTANT text := scim.why_since($1, $3);
BEGIN
    SELECT * INTO known FROM scim.users WHERE users.org = $1 AND users.id = $3;
    SELECT * INTO last FROM scim.log_of($1, $2, known.user_name) AS log
     WHERE log.action <> 'read' AND log.resource_type IS DISTINCT FROM 'Group'
       AND (log.result = 'done' OR log.token_id IS NOT NULL OR log.action = 'login')
     ORDER BY log.at DESC, log.result = 'done' DESC LIMIT 1;
    SELECT * INTO ended FROM scim.audit_events AS events
     WHERE events.org = $1 AND events.resource_id = $3 AND events.action = 'deactivated'
     ORDER BY events.at DESC, events.seq DESC LIMIT 1;
    SELECT format('"%s"', tokens.label) INTO label FROM scim.tokens
     WHERE tokens.org = $1 AND tokens.id = ended.token_id;
    evidence := jsonb_build_object('here', true, 'id', known.id, 'userName', known.user_name,
        'status', known.status, 'found_by', found_by);

    IF last.result IN ('refused', 'failed')
       AND (known.status IN ('provisioned', 'active') OR last.action <> 'login') THEN
        RETURN QUERY SELECT last.at::timestamptz, last.reason, last.arguments,
            evidence || jsonb_build_object('request_id', last.request_id, 'action', last.action);
    ELSIF known.status = 'removed' THEN
        RETURN QUERY SELECT coalesce(ended.at, known.last_modified), 'why.removed', ARRAY[$2], evidence;
    ELSIF known.status = 'suspended' AND ended.org IS NULL THEN
        RETURN QUERY SELECT known.last_modified::timestamptz, 'why.suspended', ARRAY[$2], evidence;
    ELSIF known.status = 'suspended' AND ended.token_id IS NULL THEN
        RETURN QUERY SELECT ended.at, 'why.suspended_by_sql', ARRAY[$2, ended.actor, scim.utc(ended.at)], evidence;
    ELSIF known.status = 'suspended' THEN
        RETURN QUERY SELECT ended.at, 'why.suspended_by_idp',
            ARRAY[$2, scim.utc(ended.at), coalesce(label, ended.token_id::text)], evidence;
    ELSIF found_by NOT IN ('userName', 'id') THEN
        RETURN QUERY SELECT known.last_modified::timestamptz, 'why.other_name',
            ARRAY[$2, known.user_name, found_by, known.status, here], evidence;
    ELSIF known.status = 'active' THEN
        RETURN QUERY SELECT known.last_login::timestamptz, 'why.active',
            ARRAY[$2, coalesce(scim.utc(known.last_login), scim.utc(known.linked), '-'), here], evidence;
    ELSE
        RETURN QUERY SELECT known.created::timestamptz, 'why.provisioned', ARRAY[$2, here], evidence;
    END IF;
END
$$;
COMMENT ON FUNCTION scim.why_here(text, text, uuid, text) IS 'The verdict of scim.why() about somebody who is here.';

-- How somebody came to be gone: kept, deleted by SCIM, or by SQL.
CREATE OR REPLACE FUNCTION scim.why_gone(org text, person text)
    RETURNS TABLE (at timestamptz, code text, arguments text[], evidence jsonb)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    key   CONSTANT text := scim.fold($2);
    uuid_ CONSTANT uuid := CASE WHEN $2 ~ '^[[:xdigit:]]{8}(-[[:xdigit:]]{4}){3}-[[:xdigit:]]{12}$' THEN $2::uuid END;
    kept  scim.deleted_users;
    gone  scim.audit_events;
    label text;
BEGIN
    SELECT * INTO kept FROM (
        SELECT * FROM scim.deleted_users AS old WHERE old.org = $1 AND old.user_name_key = key
        UNION ALL SELECT * FROM scim.deleted_users AS old WHERE old.org = $1 AND old.external_id = $2
        UNION ALL SELECT * FROM scim.deleted_users AS old WHERE old.org = $1 AND old.id = uuid_) AS old
     ORDER BY old.deleted DESC LIMIT 1;
    IF kept.org IS NOT NULL THEN
        RETURN QUERY SELECT kept.deleted::timestamptz, 'why.deleted_kept',
            ARRAY[$2, scim.utc(kept.deleted), scim.utc(kept.purge_after)],
            jsonb_build_object('here', false, 'id', kept.id, 'userName', kept.user_name);
        RETURN;
    END IF;
    SELECT * INTO gone FROM (
        SELECT * FROM scim.audit_events AS events
         WHERE events.org = $1 AND scim.fold(events.name) = key
           AND events.action = 'deleted' AND events.resource_type = 'User'
        UNION ALL
        SELECT * FROM scim.audit_events AS events
         WHERE events.org = $1 AND events.action = 'deleted' AND events.resource_type = 'User'
           AND events.resource_id = ANY (ARRAY(SELECT uuid_ WHERE uuid_ IS NOT NULL UNION ALL
               SELECT log.resource_id FROM scim.log_of($1, $2) AS log WHERE log.resource_type = 'User'))) AS events
     ORDER BY events.at DESC, events.seq DESC LIMIT 1;
    IF gone.org IS NULL THEN
        RETURN;
    END IF;
    SELECT format('"%s"', tokens.label) INTO label FROM scim.tokens
     WHERE tokens.org = $1 AND tokens.id = gone.token_id;
    RETURN QUERY SELECT gone.at, CASE WHEN gone.token_id IS NULL THEN 'why.deleted_by_sql' ELSE 'why.deleted_by_idp' END,
        CASE WHEN gone.token_id IS NULL THEN ARRAY[$2, gone.actor, scim.utc(gone.at)]
             ELSE ARRAY[$2, scim.utc(gone.at), coalesce(label, gone.token_id::text)] END,
        jsonb_build_object('here', false, 'id', gone.resource_id, 'userName', gone.name, 'request_id', gone.request_id);
END
$$;
COMMENT ON FUNCTION scim.why_gone(text, text) IS 'Who deleted somebody, and when; no row: nobody is known to have.';

-- Refusals that name the person as a member, or that name nobody (a scope, a
-- body that could not be read, the database), among the last thousand rows.
-- One that names nobody may be anybody's. It is told only of who was looked for
-- by the same client right before, and was then not created: as possible, never
-- as theirs. An id that is not here is nobody's creation.
CREATE OR REPLACE FUNCTION scim.why_refused_unnamed(org text, person text)
    RETURNS TABLE (at timestamptz, code text, arguments text[], evidence jsonb)
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT recent.at, recent.reason, recent.arguments,
           jsonb_build_object('here', false, 'request_id', recent.request_id, 'action', recent.action)
               || CASE WHEN recent.reason = 'group.unknown_member' THEN '{}'::jsonb
                       ELSE jsonb_build_object('unnamed', true, 'looked', looked.last_at) END
      FROM (SELECT * FROM scim.request_log AS log WHERE log.org = $1 ORDER BY log.at DESC LIMIT 1000) AS recent
      LEFT JOIN (SELECT lookups.last_at, lookups.agent FROM scim.lookups
                  WHERE lookups.org = $1 AND lookups.subject_key = scim.fold($2)
                  ORDER BY lookups.last_at DESC LIMIT 1) AS looked ON true
     WHERE recent.result IN ('refused', 'failed')
       AND (recent.reason = 'group.unknown_member' AND scim.fold(recent.arguments[1]) = scim.fold($2)
            OR recent.subject_key IS NULL AND recent.token_id IS NOT NULL
               AND recent.action IN ('create', 'call') AND recent.resource_type IS DISTINCT FROM 'Group'
               AND recent.reason <> 'resource.not_found'
               -- Who sends no User-Agent is no other client for it: the log has a name of ours then.
               AND (nullif(looked.agent, '') IS NULL OR looked.agent = left(recent.agent, 200))
               -- A lookup is noted after its answer: the next call may be a moment earlier in the books.
               AND recent.at BETWEEN looked.last_at - interval '1 second' AND looked.last_at + interval '2 minutes'
               AND recent.at > now() - interval '1 day')
     ORDER BY recent.reason = 'group.unknown_member' DESC, recent.at DESC LIMIT 1
$$;
COMMENT ON FUNCTION scim.why_refused_unnamed(text, text) IS
    'The last refusal that names the person as a member, or of a day one that names nobody and came right after the person was looked for.';

CREATE OR REPLACE FUNCTION scim.why_connection(org text, person text)
    RETURNS TABLE (at timestamptz, code text, arguments text[], evidence jsonb)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    last   record;
    caller scim.refused_callers;
    heard  timestamptz;
    usable bigint;
    creates boolean;
BEGIN
    SELECT max(tokens.last_used),
           count(*) FILTER (WHERE tokens.expires > now() AND (tokens.revoked IS NULL OR tokens.revoked > now()))
      INTO heard, usable FROM scim.tokens WHERE tokens.org = $1;
    SELECT tokens.last_four, tokens.expires, tokens.revoked, tokens.created INTO last FROM scim.tokens
     WHERE tokens.org = $1 ORDER BY tokens.created DESC, tokens.expires DESC LIMIT 1;
    SELECT * INTO caller FROM scim.refused_callers AS callers WHERE callers.org = $1
     ORDER BY callers.last_at DESC LIMIT 1;
    SELECT settings.create_users INTO creates FROM scim.organization_settings AS settings WHERE settings.org = $1;
    evidence := jsonb_build_object('here', false, 'last_heard', heard);

    IF caller.last_at > coalesce(heard, '-infinity') THEN
        RETURN QUERY SELECT caller.last_at::timestamptz, replace(caller.reason, 'auth.', 'why.caller_'),
            ARRAY[$2, caller.address, scim.utc(caller.last_at)],
            evidence || jsonb_build_object('address', caller.address, 'number', caller.number, 'agent', caller.agent);
    ELSIF last.last_four IS NULL THEN
        RETURN QUERY SELECT NULL::timestamptz, 'why.no_token', ARRAY[$2], evidence;
    ELSIF usable = 0 AND last.revoked <= now() THEN
        RETURN QUERY SELECT last.revoked, 'why.tokens_revoked', ARRAY[$2, last.last_four, scim.utc(last.revoked)], evidence;
    ELSIF usable = 0 THEN
        RETURN QUERY SELECT last.expires, 'why.tokens_expired', ARRAY[$2, last.last_four, scim.utc(last.expires)], evidence;
    ELSIF heard IS NULL THEN
        RETURN QUERY SELECT last.created, 'why.token_unused', ARRAY[$2, last.last_four], evidence;
    ELSIF NOT creates THEN
        RETURN QUERY SELECT heard, 'why.create_off', ARRAY[$2], evidence;
    ELSE
        -- Entra calls every 40 minutes; of Okta an hour's silence means nothing, a week's may.
        RETURN QUERY SELECT heard, CASE WHEN heard < now() - CASE scim.idp_of($1) WHEN 'entra' THEN interval '1 day'
                ELSE interval '7 days' END THEN 'why.silent' ELSE 'why.never_mentioned' END,
            ARRAY[$2, scim.utc(heard)], evidence;
    END IF;
END
$$;
COMMENT ON FUNCTION scim.why_connection(text, text) IS
    'The verdict of scim.why() about somebody of whom nothing was ever heard: how far the connection is.';

-- Somebody who is not here: the later of refusal and deletion, then what was only looked up, then the connection.
CREATE OR REPLACE FUNCTION scim.why_not_here(org text, person text)
    RETURNS TABLE (at timestamptz, code text, arguments text[], evidence jsonb)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    settings scim.organization_settings;
    looked record;
BEGIN
    RETURN QUERY
        SELECT * FROM (
            SELECT log.at::timestamptz, log.reason, log.arguments,
                   jsonb_build_object('here', false, 'request_id', log.request_id, 'action', log.action)
              FROM scim.log_of($1, $2) AS log
             WHERE log.result IN ('refused', 'failed') AND log.action <> 'read'
               AND log.resource_type IS DISTINCT FROM 'Group'
            UNION ALL
            SELECT * FROM scim.why_gone($1, $2)) AS told (told_at)
         ORDER BY told.told_at DESC LIMIT 1;
    IF FOUND THEN
        RETURN;
    END IF;
    SELECT * INTO settings FROM scim.organization_settings AS s WHERE s.org = $1;
    IF NOT settings.provisioning THEN
        RETURN QUERY SELECT NULL::timestamptz, 'why.provisioning_off',
            ARRAY[$2, coalesce(settings.provisioning_off_reason, 'no reason is given.')], '{"here": false}'::jsonb;
        RETURN;
    END IF;
    SELECT sum(lookups.number) AS number, max(lookups.last_at) AS last_at INTO looked
      FROM scim.lookups WHERE lookups.org = $1 AND lookups.subject_key = scim.fold($2);
    RETURN QUERY SELECT * FROM scim.why_refused_unnamed($1, $2);
    IF FOUND THEN
        RETURN;
    END IF;
    IF looked.number IS NOT NULL THEN
        RETURN QUERY SELECT looked.last_at::timestamptz,
            CASE WHEN settings.create_users THEN 'why.looked_up' ELSE 'why.looked_up_create_off' END,
            ARRAY[$2, CASE WHEN looked.number = 1 THEN 'once, at ' ELSE looked.number || ' times, last at ' END
                          || scim.utc(looked.last_at)], '{"here": false}'::jsonb;
        RETURN;
    END IF;
    RETURN QUERY SELECT * FROM scim.why_connection($1, $2);
END
$$;
COMMENT ON FUNCTION scim.why_not_here(text, text) IS 'The verdict of scim.why() about somebody who is not here.';

-- Who asks for a group by mistake is told so, unless a person of that name was refused or deleted.
CREATE OR REPLACE FUNCTION scim.why_group(org text, word text)
    RETURNS TABLE (at timestamptz, code text, arguments text[], evidence jsonb, group_id uuid)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    uuid_ CONSTANT uuid := CASE WHEN $2 ~ '^[[:xdigit:]]{8}(-[[:xdigit:]]{4}){3}-[[:xdigit:]]{12}$' THEN $2::uuid END;
    known scim.groups;
    logged scim.request_log;
    event scim.audit_events;
    number bigint;
BEGIN
    IF EXISTS (SELECT FROM scim.log_of($1, $2) AS log
                WHERE log.resource_type = 'User' AND log.result IN ('refused', 'failed') AND log.action <> 'read')
       OR EXISTS (SELECT FROM scim.why_gone($1, $2)) THEN
        RETURN;
    END IF;
    SELECT * INTO known FROM (
        SELECT * FROM scim.groups AS team WHERE team.org = $1 AND team.id = uuid_
        UNION ALL
        SELECT * FROM scim.groups AS team WHERE team.org = $1 AND team.display_name_key = scim.fold($2)) AS team
     ORDER BY team.last_modified DESC LIMIT 1;
    SELECT count(*) INTO number FROM scim.groups AS team
     WHERE team.org = $1 AND team.display_name_key = scim.fold(known.display_name);
    SELECT * INTO logged FROM scim.log_of($1, $2) AS log
     WHERE log.resource_type = 'Group' AND log.action <> 'read' ORDER BY log.at DESC LIMIT 1;
    SELECT * INTO event FROM scim.audit_events AS events
     WHERE events.org = $1 AND events.resource_type = 'Group'
       AND events.resource_id = coalesce(known.id, logged.resource_id, uuid_)
       -- Those who left with it come after it.
     ORDER BY (known.id IS NULL AND events.action = 'deleted') DESC, events.at DESC, events.seq DESC LIMIT 1;
    IF known.id IS NOT NULL THEN
        RETURN QUERY SELECT known.last_modified::timestamptz, 'why.group', ARRAY[$2,
            concat_ws('; ', CASE WHEN known.hidden THEN 'hidden, as it is not among the groups to sync'
                                 ELSE 'the application sees it' END,
                CASE WHEN known.protected THEN 'protected, so that SCIM changes nothing of it' END,
                CASE WHEN number > 1 THEN format('the last changed of %s of that name', number) END),
            CASE WHEN event.org IS NOT NULL THEN scim.event_told(event)
                 ELSE scim.utc(known.last_modified) || '; by whom is not recorded any more' END],
            jsonb_build_object('here', true, 'group', true, 'id', known.id, 'displayName', known.display_name,
                'hidden', known.hidden, 'protected', known.protected), known.id;
    ELSIF event.action = 'deleted' THEN
        RETURN QUERY SELECT event.at, 'why.group_gone', ARRAY[$2, scim.event_told(event)],
            jsonb_build_object('here', false, 'group', true, 'id', event.resource_id, 'displayName', event.name),
            event.resource_id;
    ELSIF logged.result IN ('refused', 'failed') THEN
        RETURN QUERY SELECT logged.at::timestamptz, logged.reason, logged.arguments, jsonb_build_object('here', false,
            'group', true, 'request_id', logged.request_id, 'action', logged.action), NULL::uuid;
    END IF;
END
$$;
COMMENT ON FUNCTION scim.why_group(text, text) IS
    'The verdict of scim.why() about a group, here, deleted or refused, whose displayName or id this is; no row: none is known.';

-- What happened around a person, newest first: the log, SQL's changes that it
-- does not tell of itself, and what the groups give.
CREATE OR REPLACE FUNCTION scim.why_story(org text, person text, person_id uuid)
    RETURNS TABLE (at timestamptz, code text, arguments text[], evidence jsonb)
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH logged AS MATERIALIZED (
        SELECT * FROM scim.log_of($1, $2, (SELECT users.user_name FROM scim.users
                                            WHERE users.org = $1 AND users.id = $3))
    )
    SELECT log.at, coalesce(log.reason, 'why.event'),
           CASE WHEN log.reason IS NULL THEN ARRAY[scim.utc(log.at), log.action, coalesce(log.agent, log.actor)]
                ELSE log.arguments END,
           jsonb_build_object('request_id', log.request_id, 'action', log.action, 'result', log.result,
               'address', log.address, 'agent', log.agent)
      FROM logged AS log
    UNION ALL
    (SELECT events.at, 'why.event', ARRAY[scim.utc(events.at), replace(events.action, '_', ' '), events.actor],
            jsonb_build_object('application', events.application, 'address', events.address)
       FROM scim.audit_events AS events
      WHERE events.org = $1 AND events.resource_id = $3 AND events.token_id IS NULL
        AND NOT EXISTS (SELECT FROM logged WHERE logged.transaction = events.transaction AND logged.resource_id = $3)
      ORDER BY events.at DESC LIMIT 20)
    UNION ALL
    SELECT NULL, 'why.protected', ARRAY[$2], NULL FROM scim.users
     WHERE users.org = $1 AND users.id = $3 AND users.protected
    UNION ALL
    SELECT NULL, 'why.hidden_groups', ARRAY[$2, count(*)::text],
           jsonb_build_object('groups', jsonb_agg(groups.display_name))
      FROM scim.group_members AS members
      JOIN scim.groups ON groups.org = members.org AND groups.id = members.group_id
     WHERE members.org = $1 AND members.member_id = $3
    HAVING count(*) > 0 AND bool_and(groups.hidden)
     ORDER BY 1 DESC NULLS LAST
     LIMIT 19
$$;
COMMENT ON FUNCTION scim.why_story(text, text, uuid) IS 'The rows of scim.why() behind the verdict.';

CREATE OR REPLACE FUNCTION scim.why(org text, person text)
    RETURNS TABLE (ordinal bigint, at timestamptz, verdict boolean, code text, sentence text, next_step text, evidence jsonb)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    found_ids uuid[];
    found_by text;
    names text;
    told record;
    group_id uuid;
    idp CONSTANT text := scim.idp_of($1);
    -- As a shell takes it, in a command that is advised.
    word CONSTANT text := CASE WHEN $2 ~ '^[[:alnum:]@._+:][[:alnum:]@._+:-]*$' THEN $2
                               ELSE '''' || replace($2, '''', '''\''''') || '''' END;
BEGIN
    PERFORM scim.known_organization($1);
    SELECT array_agg(called.id), min(called.found_by) INTO found_ids, found_by
      FROM scim.people_called($1, $2) AS called;
    IF cardinality(found_ids) > 1 THEN
        SELECT string_agg(users.user_name, ', ' ORDER BY users.user_name_key) INTO names FROM scim.users
         WHERE users.org = $1 AND users.id = ANY (found_ids[1:10]);
        SELECT NULL::timestamptz AS at, 'why.several' AS code, ARRAY[$2, cardinality(found_ids)::text, names] AS arguments,
               jsonb_build_object('here', true, 'ids', found_ids[1:10]) AS evidence INTO told;
    ELSIF found_ids IS NOT NULL THEN
        SELECT * INTO told FROM scim.why_here($1, $2, found_ids[1], found_by);
    ELSE
        SELECT * INTO told FROM scim.why_group($1, $2) AS groups;
        group_id := told.group_id;
        IF told.code IS NULL THEN
            SELECT * INTO told FROM scim.why_not_here($1, $2);
        END IF;
    END IF;
    RETURN QUERY
        SELECT row_number() OVER (), all_of.at, all_of.verdict, all_of.code,
               CASE WHEN all_of.evidence ? 'unnamed'
                    THEN format('%s is not here: the identity provider looked for that name at %s; a call right after (%s, %s) was refused, and we cannot tell about whom: ',
                             $2, scim.utc((all_of.evidence ->> 'looked')::timestamptz), all_of.evidence ->> 'action', scim.utc(all_of.at))
                    WHEN all_of.verdict AND all_of.code NOT LIKE 'why.%'
                    THEN format('%s %sis %s; the last attempt (%s, %s) was refused: ', $2,
                             CASE WHEN all_of.evidence ? 'group' THEN 'is a group, not a person, and ' ELSE '' END,
                             CASE WHEN found_ids IS NULL THEN 'not here' ELSE 'here' END,
                             coalesce(all_of.evidence ->> 'action', 'call'), scim.utc(all_of.at))
                    ELSE '' END || scim.sentence(all_of.code, all_of.arguments),
               CASE WHEN all_of.code <> 'why.event'
                    THEN regexp_replace(scim.advice_for(idp, $1, all_of.code), ' (PERSON|GROUP)\M', ' ' || replace(word, '\', '\\'), 'g') END, all_of.evidence
          FROM (SELECT told.at, true, told.code, told.arguments, told.evidence
                UNION ALL
                SELECT story.at, false, story.code, story.arguments, story.evidence
                  FROM scim.why_story($1, $2, coalesce(found_ids[1], group_id)) AS story) AS all_of (at, verdict, code, arguments, evidence);
END
$$;
COMMENT ON FUNCTION scim.why(text, text) IS
    'Why somebody (userName, email, externalId, id, login subject or displayName) is here or not; who asks for a group is told so. First the verdict with the next step; then what happened, newest first, 20 rows at most.';
