-- Calls of the public API (api.sql): what all of them begin and end with, and
-- how they refuse.

SET LOCAL client_min_messages = warning;

CREATE OR REPLACE FUNCTION scim.known_organization(of_org text) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    named CONSTANT text := coalesce(current_setting('scim.org', true), '');
BEGIN
    -- Row-level security decides who works on more than the organization that the transaction named.
    IF NOT EXISTS (SELECT FROM scim.organizations WHERE org = of_org) THEN
        IF named NOT IN ('', of_org) AND row_security_active('scim.organizations') THEN
            RAISE EXCEPTION USING
                ERRCODE = 'insufficient_privilege',
                MESSAGE = format('This transaction works on the organization "%s" (scim.org), so it cannot work on "%s".', named, of_org),
                HINT = format('Say SET LOCAL scim.org = %L, best in a transaction of its own.', of_org);
        END IF;
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = format('There is no organization "%s".', of_org),
            HINT = 'SELECT scim.create_organization(...) makes one.';
    END IF;
END
$$;
COMMENT ON FUNCTION scim.known_organization(text) IS
    'An error where there is no such organization (P0002), or the session works on another one (42501).';

CREATE OR REPLACE FUNCTION scim.call_begin(of_org text) RETURNS text
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    named CONSTANT text := coalesce(current_setting('scim.org', true), '');
    request_before CONSTANT text := coalesce(current_setting('scim.request', true), '');
BEGIN
    IF named = '' THEN
        PERFORM set_config('scim.org', of_org, true);
    END IF;
    PERFORM scim.known_organization(of_org);
    -- From here on it is no plain SQL: the guard counts it, log and audit name it sql-TRANSACTION.
    IF request_before = '' THEN
        PERFORM set_config('scim.request', '{}', true);
    END IF;
    RETURN request_before;
END
$$;
COMMENT ON FUNCTION scim.call_begin(text) IS
    'Begins a call of the API: names the organization for the transaction unless the session did (scim.org), and refuses one that the session may not see. Returns what scim.call_end needs. Errors: P0002 no such organization, 42501 the transaction works on another one.';

CREATE OR REPLACE FUNCTION scim.call_end(request_before text) RETURNS void
    LANGUAGE sql VOLATILE
AS $$
    SELECT pg_catalog.set_config('scim.request', $1, true)
$$;
COMMENT ON FUNCTION scim.call_end(text) IS
    'Ends a call of the API: what follows in the transaction is plain SQL again.';

CREATE OR REPLACE FUNCTION scim.refuse_call(of_org text, refusals text, asked text, of_type text, of_id uuid, sent jsonb,
        code text, arguments text[], said text DEFAULT NULL) RETURNS text
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- Whatever was sent: the log takes so much of it.
    cut CONSTANT text[] := CASE WHEN arguments IS NOT NULL THEN ARRAY(SELECT left(argument, 1024) FROM unnest(arguments) AS argument) END;
    words CONSTANT text := left(coalesce(said, scim.sentence(code, cut)), 4096);
    reason scim.reasons;
BEGIN
    SELECT * INTO reason FROM scim.reasons AS known WHERE known.code = refuse_call.code;
    IF refusals IS DISTINCT FROM 'return' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'SC' || reason.status,
            MESSAGE = words,
            DETAIL = code,
            HINT = scim.advice(of_org, code);
    END IF;
    PERFORM scim.log_refused(of_org,
        -- As the responder names it (src/serve/refusal.c).
        CASE WHEN code = 'action.deactivate_off' OR code = 'guard.stopped' AND asked <> 'delete' THEN 'deactivate' ELSE asked END,
        of_type, of_id, left(sent ->> 'name', 1024), left(sent ->> 'email', 1024), left(sent ->> 'externalId', 1024),
        reason.status, reason.scim_type, code, cut, words);
    RETURN words;
END
$$;
COMMENT ON FUNCTION scim.refuse_call(text, text, text, text, uuid, jsonb, text, text[], text) IS
    'Refuses a call of the API. refusals = return: a row of request_log, and the sentence is returned. Else an error: SQLSTATE SC and the HTTP status (SC400, SC403, SC404, SC409, SC429), the sentence as MESSAGE, the code of scim.reasons as DETAIL, what to do as HINT.';

CREATE OR REPLACE FUNCTION scim.check_refusals(refusals text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF refusals IN ('raise', 'return') IS NOT TRUE THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('refusals cannot be "%s": it is raise or return.', refusals);
    END IF;
END
$$;
COMMENT ON FUNCTION scim.check_refusals(text) IS 'An error (22023) unless it is raise or return.';

-- Who is meant --------------------------------------------------------------

CREATE OR REPLACE FUNCTION scim.uuid_of(word text) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN $1 ~ '^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$' THEN $1::uuid END
$$;
COMMENT ON FUNCTION scim.uuid_of(text) IS 'The word as an id; NULL: it is none.';

CREATE OR REPLACE FUNCTION scim.ids_called(of_org text, word text) RETURNS uuid[]
    LANGUAGE sql STABLE
AS $$
    -- LIMIT keeps the planner from reading everybody where most organizations are small.
    SELECT pg_catalog.array_agg(DISTINCT named.id)
      FROM ((SELECT id FROM scim.users WHERE org = $1 AND id = scim.uuid_of($2) LIMIT 1)
            UNION ALL
            (SELECT id FROM scim.users WHERE org = $1 AND user_name_key = scim.fold($2) LIMIT 1)
            UNION ALL
            (SELECT id FROM scim.users WHERE org = $1 AND external_id = $2 LIMIT 2)) AS named
$$;
COMMENT ON FUNCTION scim.ids_called(text, text) IS
    'The ids of people with that id, userName or externalId; NULL: nobody; several: the word is ambiguous.';

CREATE OR REPLACE FUNCTION scim.find_person(of_org text, word text, OUT person_id uuid, OUT reason text, OUT arguments text[])
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found_ids uuid[] := scim.ids_called(of_org, word);
    address CONSTANT text := scim.fold(word);
BEGIN
    -- An address is no name: only where nobody is called so (as sql/statement/person_find.sql).
    IF found_ids IS NULL THEN
        -- LIMIT keeps the planner from reading everybody where most organizations are small.
        SELECT array_agg(named.user_id) INTO found_ids
          FROM (SELECT DISTINCT user_id FROM scim.user_emails WHERE org = of_org AND value_key = address LIMIT 2) AS named;
    END IF;
    IF found_ids IS NULL THEN
        reason := 'user.unknown';
        arguments := ARRAY[word];
    ELSIF cardinality(found_ids) > 1 THEN
        reason := 'user.ambiguous';
        arguments := ARRAY[word, array_to_string(found_ids, ', ')];
    ELSE
        person_id := found_ids[1];
    END IF;
END
$$;
COMMENT ON FUNCTION scim.find_person(text, text) IS
    'The person of that id, userName or externalId, else of that email; reason: nobody, or more than one.';

CREATE OR REPLACE FUNCTION scim.find_group(of_org text, word text, OUT group_id uuid, OUT reason text, OUT arguments text[])
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found_ids uuid[];
BEGIN
    SELECT array_agg(DISTINCT named.id) INTO found_ids
      FROM ((SELECT id FROM scim.groups WHERE org = of_org AND id = scim.uuid_of(word) LIMIT 1)
            UNION ALL
            (SELECT id FROM scim.groups WHERE org = of_org AND display_name_key = scim.fold(word) LIMIT 2)) AS named;
    IF found_ids IS NULL THEN
        reason := 'group.unknown';
        arguments := ARRAY[word];
    ELSIF cardinality(found_ids) > 1 THEN
        reason := 'group.ambiguous';
        arguments := ARRAY[word, array_to_string(found_ids, ', ')];
    ELSE
        group_id := found_ids[1];
    END IF;
END
$$;
COMMENT ON FUNCTION scim.find_group(text, text) IS
    'The group of that id or displayName; reason: none, or more than one.';

CREATE OR REPLACE FUNCTION scim.find_members(of_org text, words text[], skip_unknown boolean,
        OUT ids uuid[], OUT reason text, OUT arguments text[])
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wrong text;
    several uuid[];
BEGIN
    -- As scim.ids_called, for many in one statement. Folded beforehand: beside row-level
    -- security only a plain column is looked for by index.
    WITH wanted AS MATERIALIZED (
        SELECT listed.word, scim.uuid_of(listed.word) AS id, scim.fold(listed.word) AS key, min(listed.place) AS place
          FROM unnest(words) WITH ORDINALITY AS listed (word, place)
         GROUP BY listed.word
    ), known AS MATERIALIZED (
        SELECT wanted.word, wanted.place, named.ids
          FROM wanted
         CROSS JOIN LATERAL (
               SELECT array_agg(DISTINCT hit.id) AS ids
                 FROM ((SELECT id FROM scim.users WHERE org = of_org AND id = wanted.id AND NOT removed LIMIT 1)
                       UNION ALL
                       (SELECT id FROM scim.users WHERE org = of_org AND user_name_key = wanted.key AND NOT removed LIMIT 1)
                       UNION ALL
                       (SELECT id FROM scim.users WHERE org = of_org AND external_id = wanted.word AND NOT removed LIMIT 2)
                       UNION ALL
                       (SELECT id FROM scim.groups WHERE org = of_org AND id = wanted.id LIMIT 1)) AS hit) AS named
    ), fault AS (
        SELECT known.word, known.ids
          FROM known
         WHERE cardinality(known.ids) > 1 OR (known.ids IS NULL AND NOT skip_unknown)
         ORDER BY known.place
         LIMIT 1
    )
    SELECT coalesce(array_agg(DISTINCT known.ids[1]) FILTER (WHERE known.ids IS NOT NULL), '{}'),
           (SELECT coalesce(fault.word, '') FROM fault), (SELECT fault.ids FROM fault)
      INTO find_members.ids, wrong, several
      FROM known;
    IF wrong IS NOT NULL THEN
        reason := CASE WHEN several IS NULL THEN 'group.unknown_member' ELSE 'group.ambiguous_member' END;
        arguments := ARRAY[wrong] || array_to_string(several, ', ');
    END IF;
END
$$;
COMMENT ON FUNCTION scim.find_members(text, text[], boolean) IS
    'The ids of members named by id, userName or externalId (groups: by id); reason: the first that is nobody or was removed, unless these are skipped, or more than one.';
