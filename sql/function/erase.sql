-- Erase: nothing of a person stays but that something happened. The rows of log
-- and audit stay as a skeleton: when, what, by whom, and a random name.
--
-- The id stays, too: it is random, and without it the skeletons of two people
-- could not be told apart.

SET LOCAL client_min_messages = warning;

COMMENT ON COLUMN scim.audit_events.action IS
    'created, updated, deactivated, reactivated, linked, unlinked, deleted, erased, members_added, members_removed; of an organization or token: created, updated, revoked, deleted.';

CREATE OR REPLACE FUNCTION scim.erase_ids(of_org text, person text) RETURNS uuid[]
    LANGUAGE sql STABLE
AS $$
    SELECT pg_catalog.array_agg(DISTINCT meant.id)
      FROM (SELECT known.id
              FROM scim.users AS known
             WHERE known.org = $1
               AND (known.user_name_key = scim.fold($2) OR known.external_id = $2 OR known.id::text = pg_catalog.lower($2)
                    OR EXISTS (SELECT FROM scim.user_emails AS address
                                WHERE address.org = $1 AND address.user_id = known.id AND address.value_key = scim.fold($2)))
            UNION ALL
            SELECT gone.id
              FROM scim.deleted_users AS gone
             WHERE gone.org = $1
               AND (gone.user_name_key = scim.fold($2) OR gone.external_id = $2 OR gone.id::text = pg_catalog.lower($2))
            UNION ALL
            -- Who was deleted and was not kept: by the name or externalId of any time.
            SELECT event.resource_id
              FROM scim.audit_events AS event
             WHERE event.org = $1 AND event.resource_type = 'User'
               AND event.action NOT IN ('members_added', 'members_removed', 'erased')
               AND (event.resource_id::text = pg_catalog.lower($2) OR scim.fold(event.name) = scim.fold($2)
                    OR $2 IN (event.before -> 'resource' ->> 'externalId', event.after -> 'resource' ->> 'externalId'))
               AND pg_catalog.num_nonnulls(event.before, event.after) > 0
               AND NOT EXISTS (SELECT FROM scim.users AS known WHERE known.org = $1 AND known.id = event.resource_id)) AS meant
$$;
COMMENT ON FUNCTION scim.erase_ids(text, text) IS
    'The ids that a userName, externalId or id means: of who is here (also by email), is kept as deleted, or is only in the audit.';

CREATE OR REPLACE FUNCTION scim.erase_words(of_org text, ids uuid[], OUT names text[], OUT keys text[])
    LANGUAGE sql STABLE
AS $$
    WITH document AS MATERIALIZED (
        SELECT person.resource, person.account, person.login_subject
          FROM scim.users AS person WHERE person.org = $1 AND person.id = ANY ($2)
        UNION
        SELECT gone.resource, gone.account, gone.login_subject
          FROM scim.deleted_users AS gone WHERE gone.org = $1 AND gone.id = ANY ($2)
        UNION
        SELECT told.state -> 'resource', told.state ->> 'account', told.state ->> 'login_subject'
          FROM scim.audit_events AS event
         CROSS JOIN LATERAL (VALUES (event.before), (event.after)) AS told (state)
         WHERE event.org = $1 AND event.resource_id = ANY ($2) AND event.resource_type = 'User' AND told.state IS NOT NULL
    ), word AS (
        SELECT document.resource ->> 'userName' AS said FROM document
        UNION SELECT document.resource ->> 'externalId' FROM document
        UNION SELECT document.resource ->> 'displayName' FROM document
        UNION SELECT document.resource -> 'name' ->> 'formatted' FROM document
        UNION SELECT document.account FROM document
        UNION SELECT document.login_subject FROM document
        UNION SELECT listed.value #>> '{}'
                FROM document,
                     pg_catalog.jsonb_path_query(document.resource, '$.*[*].value ? (@.type() == "string")') AS listed (value)
    )
    SELECT pg_catalog.array_agg(word.said), pg_catalog.array_agg(DISTINCT scim.log_key(word.said))
      FROM word
     WHERE word.said <> ''
$$;
COMMENT ON FUNCTION scim.erase_words(text, uuid[]) IS
    'What people may be called by in log and messages: userName, externalId, names, addresses, numbers, account, now and as far as the audit tells; keys: folded as request_log does.';

CREATE OR REPLACE FUNCTION scim.mentions(message text, keys text[]) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT EXISTS (SELECT FROM pg_catalog.unnest($2) AS key
                    WHERE pg_catalog.strpos(scim.fold($1), key) > 0
                      AND scim.fold($1) ~ ('(^|[^[:alnum:]])' || pg_catalog.regexp_replace(key, '([^[:alnum:]])', '\\\1', 'g')
                                           || '($|[^[:alnum:]])'))
$$;
COMMENT ON FUNCTION scim.mentions(text, text[]) IS
    'Is one of the folded names in the message, as a word or words of its own?';

CREATE OR REPLACE FUNCTION scim.erase_log(of_org text, ids uuid[], names text[], keys text[], mark text) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    number bigint;
BEGIN
    -- What is about somebody else and mentions the person keeps its subject.
    UPDATE scim.request_log AS log
       SET subject = CASE WHEN found.is_own AND log.subject IS NOT NULL THEN mark ELSE log.subject END,
           subject_key = CASE WHEN found.is_own AND log.subject_key IS NOT NULL THEN mark ELSE log.subject_key END,
           email_key = CASE WHEN NOT found.is_own THEN log.email_key END,
           external_id = CASE WHEN NOT found.is_own THEN log.external_id END,
           arguments = found.arguments,
           sentence = CASE WHEN log.sentence IS NULL THEN NULL
                           WHEN log.arguments IS NOT NULL AND log.reason IS NOT NULL
                                AND NOT scim.mentions(scim.sentence(log.reason, found.arguments), keys)
                           THEN scim.sentence(log.reason, found.arguments)
                           ELSE mark END
      FROM (SELECT entry.at, entry.ctid, entry.tableoid, owned.is_own,
                   CASE WHEN entry.arguments IS NOT NULL THEN ARRAY(SELECT CASE WHEN owned.is_own OR scim.mentions(argument, keys) THEN mark ELSE argument END
                           FROM unnest(entry.arguments) WITH ORDINALITY AS listed (argument, place)
                          ORDER BY place) END AS arguments
              FROM scim.request_log AS entry
             CROSS JOIN LATERAL (SELECT coalesce(entry.resource_id = ANY (ids) AND entry.resource_type = 'User', false)
                                        OR coalesce(entry.subject_key = ANY (keys) AND entry.resource_type IS DISTINCT FROM 'Group', false)
                                        OR coalesce(entry.email_key = ANY (keys), false)
                                        OR coalesce(entry.external_id = ANY (names), false) AS is_own) AS owned
             WHERE entry.org = of_org
               AND (owned.is_own OR scim.mentions(entry.sentence, keys)
                    OR scim.mentions(array_to_string(entry.arguments, ' '), keys))) AS found
     WHERE log.org = of_org AND log.at = found.at AND log.ctid = found.ctid AND log.tableoid = found.tableoid;
    GET DIAGNOSTICS number = ROW_COUNT;
    RETURN number;
END
$$;
COMMENT ON FUNCTION scim.erase_log(text, uuid[], text[], text[], text) IS
    'Takes people out of request_log: their rows keep when, what, by whom and the reason; mark stands for their name.';

CREATE OR REPLACE FUNCTION scim.without_manager(state jsonb, ids uuid[], keys text[]) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    enterprise CONSTANT text := 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
    manager CONSTANT jsonb := state -> 'resource' -> enterprise -> 'manager';
BEGIN
    IF manager ->> 'value' = ANY (ids::text[]) OR scim.mentions(manager::text, keys) THEN
        RETURN state #- ARRAY['resource', enterprise, 'manager'];
    END IF;
    RETURN state;
END
$$;
COMMENT ON FUNCTION scim.without_manager(jsonb, uuid[], text[]) IS
    'A person as the audit shows one (resource), without the manager if that is one of these people.';

CREATE OR REPLACE FUNCTION scim.erase_audit(of_org text, ids uuid[], keys text[], mark text) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    enterprise CONSTANT text := 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
    number bigint;
    others bigint;
BEGIN
    -- Without before and after there is nothing that undo or as_of could bring back.
    UPDATE scim.audit_events AS event
       SET name = mark, before = NULL, after = NULL
     WHERE event.org = of_org AND event.resource_id = ANY (ids) AND event.resource_type = 'User';
    GET DIAGNOSTICS number = ROW_COUNT;
    UPDATE scim.audit_events AS event
       SET before = scim.without_manager(event.before, ids, keys), after = scim.without_manager(event.after, ids, keys)
     WHERE event.org = of_org AND event.resource_type = 'User' AND NOT event.resource_id = ANY (ids)
       -- Cheap, and mostly enough.
       AND (event.before -> 'resource' -> enterprise ? 'manager' OR event.after -> 'resource' -> enterprise ? 'manager')
       AND (scim.without_manager(event.before, ids, keys), scim.without_manager(event.after, ids, keys))
           IS DISTINCT FROM (event.before, event.after);
    GET DIAGNOSTICS others = ROW_COUNT;
    RETURN number + others;
END
$$;
COMMENT ON FUNCTION scim.erase_audit(text, uuid[], text[], text) IS
    'Takes people out of audit_events: their events keep when, what and by whom; those of others only lose them as managers.';

CREATE OR REPLACE FUNCTION scim.erase_imports(of_org text, ids uuid[], names text[], keys text[]) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    number bigint := 0;
    more bigint;
BEGIN
    DELETE FROM scim.import_staging AS staged
     WHERE staged.org = of_org
       AND (scim.fold(staged.resource ->> 'userName') = ANY (keys) OR staged.resource ->> 'externalId' = ANY (names)
            OR staged.resource ->> 'id' = ANY (ids::text[]) OR scim.mentions(staged.reference, keys));
    GET DIAGNOSTICS number = ROW_COUNT;
    UPDATE scim.import_staging AS staged
       SET resource = scim.without_manager(jsonb_build_object('resource', staged.resource), ids, keys) -> 'resource'
     WHERE staged.org = of_org
       AND scim.without_manager(jsonb_build_object('resource', staged.resource), ids, keys) -> 'resource' <> staged.resource;
    GET DIAGNOSTICS more = ROW_COUNT;
    number := number + more;
    DELETE FROM scim.import_matches AS match WHERE match.org = of_org AND match.id = ANY (ids);
    GET DIAGNOSTICS more = ROW_COUNT;
    number := number + more;
    UPDATE scim.import_matches AS match SET manager = NULL
     WHERE match.org = of_org AND (scim.mentions(match.manager, keys) OR match.manager = ANY (ids::text[]));
    GET DIAGNOSTICS more = ROW_COUNT;
    number := number + more;
    DELETE FROM scim.import_rejects AS reject
     WHERE reject.org = of_org AND (scim.mentions(reject.subject, keys) OR scim.mentions(reject.sentence, keys));
    GET DIAGNOSTICS more = ROW_COUNT;
    RETURN number + more;
END
$$;
COMMENT ON FUNCTION scim.erase_imports(text, uuid[], text[], text[]) IS
    'Takes people out of what waits to be imported and what was rejected.';

CREATE OR REPLACE FUNCTION scim.erase_rest(of_org text, ids uuid[], names text[], keys text[], mark text) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    number bigint := 0;
    more bigint;
BEGIN
    DELETE FROM scim.lookups AS lookup WHERE lookup.org = of_org AND lookup.subject_key = ANY (keys);
    GET DIAGNOSTICS number = ROW_COUNT;
    UPDATE scim.milestones AS reached SET evidence = jsonb_set(reached.evidence, '{name}', to_jsonb(mark))
     WHERE reached.org = of_org
       AND (reached.evidence ->> 'resource' = ANY (ids::text[]) OR scim.mentions(reached.evidence ->> 'name', keys));
    GET DIAGNOSTICS more = ROW_COUNT;
    number := number + more;
    DELETE FROM scim.list_anchors AS anchor WHERE anchor.org = of_org AND anchor.id = ANY (ids);
    GET DIAGNOSTICS more = ROW_COUNT;
    RETURN number + more + scim.erase_imports(of_org, ids, names, keys);
END
$$;
COMMENT ON FUNCTION scim.erase_rest(text, uuid[], text[], text[], text) IS
    'Takes people out of lookups, milestones, places in lists and imports.';

CREATE OR REPLACE FUNCTION scim.erase_person(of_org text, ids uuid[], keys text[]) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    number bigint;
    more bigint;
BEGIN
    PERFORM FROM scim.users AS person WHERE person.org = of_org AND person.id = ANY (ids) ORDER BY person.id FOR UPDATE;
    PERFORM scim.lock_groups_of(of_org, id) FROM unnest(ids) AS id ORDER BY id;
    -- A manager can also be named by userName or externalId.
    UPDATE scim.users AS report
       SET resource = scim.without_manager(jsonb_build_object('resource', report.resource), ids, keys) -> 'resource'
     WHERE report.org = of_org AND report.manager_id IS NOT NULL AND NOT report.id = ANY (ids)
       AND scim.without_manager(jsonb_build_object('resource', report.resource), ids, keys) -> 'resource' <> report.resource;
    DELETE FROM scim.users AS person WHERE person.org = of_org AND person.id = ANY (ids);
    GET DIAGNOSTICS number = ROW_COUNT;
    UPDATE scim.deleted_users AS other
       SET resource = scim.without_manager(jsonb_build_object('resource', other.resource), ids, keys) -> 'resource'
     WHERE other.org = of_org AND NOT other.id = ANY (ids)
       AND scim.without_manager(jsonb_build_object('resource', other.resource), ids, keys) -> 'resource' <> other.resource;
    DELETE FROM scim.deleted_users AS gone WHERE gone.org = of_org AND gone.id = ANY (ids);
    GET DIAGNOSTICS more = ROW_COUNT;
    RETURN number + more;
END
$$;
COMMENT ON FUNCTION scim.erase_person(text, uuid[], text[]) IS
    'Deletes people, here or kept as deleted, with addresses and memberships; nobody has them as manager any more.';

CREATE OR REPLACE FUNCTION scim.erase(org text, person text)
    RETURNS TABLE (id uuid, people bigint, log bigint, audit bigint, other bigint)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    of_org CONSTANT text := org;
    ids CONSTANT uuid[] := scim.erase_ids(org, person);
    mark CONSTANT text := 'erased:' || left(replace(gen_random_uuid()::text, '-', ''), 16);
    words record;
    -- What it was called by, in case that nothing else tells any more.
    asked CONSTANT text := scim.log_key(person);
BEGIN
    IF (SELECT count(*) FROM scim.users AS known WHERE known.org = of_org AND known.id = ANY (ids)) > 1 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'restrict_violation',
            MESSAGE = format('"%s" means more than one person of %s; nothing was erased.', person, of_org),
            DETAIL = format('They are %s.', (SELECT string_agg(known.id::text, ', ') FROM scim.users AS known
                                              WHERE known.org = of_org AND known.id = ANY (ids))),
            HINT = 'Name the person by id or userName.';
    END IF;
    IF ids IS NULL THEN
        RETURN;
    END IF;
    PERFORM set_config('application_name', 'scimlet erase', true), set_config('scim.maintenance', 'on', true),
        set_config('scim.checked', 'on', true);
    SELECT found.names, found.keys || asked AS keys INTO words FROM scim.erase_words(of_org, ids) AS found;
    people := scim.erase_person(of_org, ids, words.keys);
    INSERT INTO scim.audit_events (org, application, address, action, resource_type, resource_id)
    SELECT of_org, 'scimlet erase', host(inet_client_addr()), 'erased', 'User', erased.id
      FROM unnest(ids) AS erased (id);
    audit := scim.erase_audit(of_org, ids, words.keys, mark);
    log := scim.erase_log(of_org, ids, words.names, words.keys, mark);
    other := scim.erase_rest(of_org, ids, words.names, words.keys, mark);
    PERFORM set_config('scim.maintenance', '', true), set_config('scim.checked', '', true);
    RETURN QUERY SELECT erased.id, people, log, audit, other FROM unnest(ids) AS erased (id);
END
$$;
COMMENT ON FUNCTION scim.erase(text, text) IS
    'Erases a person, also one who was deleted before: the row, addresses, memberships, what log, audit, lookups, milestones and imports tell; of log and audit the skeleton stays (when, what, by whom, and erased:... for the name), with the id. Nothing brings the person back. Arguments: org; person: id, userName, externalId or, of who is here, email. Result: each id that was meant, and how many rows of each kind were deleted or emptied. No row: nobody is known by that. Errors: 23001 more than one person is meant. Until the tables are rewritten (VACUUM FULL) their files still hold the bytes.';
