-- The public API in SQL: one call each, idempotent, under the same rules as
-- over HTTP and with the same log. What decides stands in person.sql and
-- group.sql, which the responder calls as well.
--
-- A refusal is an error, which no script overlooks; refusals => 'return' makes
-- it the row that is returned, and a row of scim.request_log (call.sql).

SET LOCAL client_min_messages = warning;

-- People --------------------------------------------------------------------

CREATE OR REPLACE FUNCTION scim.match_person(of_org text, new_resource jsonb) RETURNS uuid
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    matched uuid;
BEGIN
    -- externalId is not unique (RFC 7643 3.1): only who is meant without doubt is it.
    SELECT (array_agg(named.id))[1] INTO matched
      FROM (SELECT id FROM scim.users WHERE org = of_org AND external_id = new_resource ->> 'externalId' LIMIT 2) AS named
    HAVING count(*) = 1;
    IF matched IS NULL THEN
        SELECT id INTO matched FROM scim.users
         WHERE org = of_org AND user_name_key = scim.fold(new_resource ->> 'userName');
    END IF;
    RETURN matched;
END
$$;
COMMENT ON FUNCTION scim.match_person(text, jsonb) IS
    'The person that a User resource means: the only one of its externalId, else the one of its userName; NULL: nobody.';

CREATE OR REPLACE FUNCTION scim.put_person(of_org text, resource jsonb,
        OUT person_id uuid, OUT action text, OUT reason text, OUT arguments text[])
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    before scim.users;
    answer record;
BEGIN
    -- Again where another session made or deleted the person meanwhile.
    FOR attempt IN 1..10 LOOP
        person_id := scim.match_person(of_org, resource);
        IF person_id IS NULL THEN
            action := 'created';
            SELECT made.person, made.revived, made.reason, made.arguments INTO answer
              FROM scim.create_person(of_org, resource) AS made;
            IF answer.revived THEN
                action := 'revived';
            END IF;
            EXIT WHEN answer.reason IN ('user.name_taken', 'user.was_deactivated') IS NOT TRUE;
        ELSE
            SELECT * INTO before FROM scim.users AS known WHERE known.org = of_org AND known.id = person_id FOR NO KEY UPDATE;
            -- As PUT (src/scim/resource.c): silence leaves active as it is, in the resource as well.
            SELECT changed.person, changed.reason, changed.arguments INTO answer
              FROM scim.change_person(of_org, person_id,
                  CASE WHEN resource ? 'active' OR NOT before.resource ? 'active' THEN resource
                       ELSE resource || jsonb_build_object('active', before.active) END) AS changed;
            action := CASE WHEN (answer.person).version = before.version THEN 'unchanged'
                           WHEN before.active AND NOT (answer.person).active THEN 'deactivated'
                           WHEN (answer.person).active AND NOT before.active THEN 'reactivated'
                           ELSE 'updated' END;
            EXIT WHEN answer.reason IS DISTINCT FROM 'resource.not_found';
        END IF;
    END LOOP;
    person_id := coalesce((answer.person).id, person_id);
    reason := answer.reason;
    arguments := answer.arguments;
END
$$;
COMMENT ON FUNCTION scim.put_person(text, jsonb) IS
    'Makes the person of a User resource, in the form of scim.user_resource, what it says; action as scim.upsert_person tells it. reason: refused, nothing was written.';

CREATE OR REPLACE FUNCTION scim.put_person_or_value_refused(of_org text, resource jsonb,
        OUT person_id uuid, OUT action text, OUT reason text, OUT arguments text[], OUT said text)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    SELECT put.person_id, put.action, put.reason, put.arguments INTO person_id, action, reason, arguments
      FROM scim.put_person(of_org, resource) AS put;
EXCEPTION WHEN check_violation OR data_exception OR program_limit_exceeded THEN
    -- As src/store/pg.c reads these errors.
    reason := 'value.refused';
    said := SQLERRM;
END
$$;
COMMENT ON FUNCTION scim.put_person_or_value_refused(text, jsonb) IS
    'As scim.put_person; a value that the database refuses is a reason, too (value.refused, said is the sentence), and undoes no more than this.';

CREATE OR REPLACE FUNCTION scim.resource_fault(INOUT resource jsonb, OUT reason text, OUT arguments text[], OUT said text)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- As the responder says it: blank is missing.
    IF jsonb_typeof(resource) = 'object' AND coalesce(jsonb_typeof(resource -> 'userName'), 'null') IN ('null', 'string')
            AND btrim(coalesce(scim.fold(resource ->> 'userName'), '')) = '' THEN
        reason := 'attr.required';
        arguments := '{userName}';
    ELSIF octet_length(scim.fold(resource ->> 'userName')) > 1024 THEN
        reason := 'attr.too_long';
        arguments := '{userName,1024}';
    ELSE
        resource := scim.user_resource(resource);
    END IF;
EXCEPTION WHEN check_violation OR data_exception OR program_limit_exceeded THEN
    reason := 'value.refused';
    said := SQLERRM;
END
$$;
COMMENT ON FUNCTION scim.resource_fault(jsonb) IS
    'A User resource in the form of scim.user_resource, or why it is none.';

CREATE OR REPLACE FUNCTION scim.upsert_person(org text, resource jsonb, refusals text DEFAULT 'raise',
        OUT id uuid, OUT action text, OUT reason text, OUT sentence text)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    request_before CONSTANT text := scim.call_begin(org);
    fine record;
    answer record;
BEGIN
    PERFORM scim.check_refusals(refusals);
    SELECT * INTO fine FROM scim.resource_fault(resource);
    IF fine.reason IS NOT NULL THEN
        SELECT NULL::uuid AS person_id, fine.reason, fine.arguments, fine.said INTO answer;
    ELSIF refusals = 'return' THEN
        SELECT * INTO answer FROM scim.put_person_or_value_refused(org, fine.resource);
    ELSE
        SELECT put.*, NULL::text AS said INTO answer FROM scim.put_person(org, fine.resource) AS put;
    END IF;
    id := answer.person_id;
    IF answer.reason IS NULL THEN
        action := answer.action;
    ELSE
        action := 'refused';
        reason := answer.reason;
        sentence := scim.refuse_call(org, refusals, CASE WHEN id IS NULL THEN 'create' ELSE 'update' END, 'User', id,
            -- As the responder names who has no name (src/serve/refusal.c).
            jsonb_build_object('name', coalesce(nullif(resource ->> 'userName', ''), scim.email_sent(resource), resource ->> 'externalId'),
                'externalId', resource ->> 'externalId', 'email', scim.email_sent(resource)),
            answer.reason, answer.arguments, answer.said);
    END IF;
    PERFORM scim.call_end(request_before);
END
$$;
COMMENT ON FUNCTION scim.upsert_person(text, jsonb, text) IS
    'Makes a person what a SCIM User resource says: the only one of its externalId, else the one of its userName is changed (as PUT: what the resource does not name goes, but active stays), else a new one is made, or one who was deleted and kept comes back (as POST). Call it again: nothing changes. Arguments: org; resource; refusals: raise, or return. Result: id; action: created, updated, deactivated, reactivated, revived, unchanged or refused; reason, sentence: why it was refused. Errors: SQLSTATE SC and the HTTP status of a refusal (scim.refuse_call), 23514 a value that the table refuses, P0002 no such organization, 42501 the transaction works on another one.';

CREATE OR REPLACE FUNCTION scim.email_sent(resource jsonb) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF jsonb_typeof(resource -> 'emails') IS DISTINCT FROM 'array' THEN
        RETURN NULL;
    END IF;
    RETURN (SELECT email ->> 'value'
              FROM jsonb_array_elements(resource -> 'emails') WITH ORDINALITY AS emails (email, place)
             WHERE email ->> 'value' <> ''
             ORDER BY (email -> 'primary' = 'true') IS TRUE DESC, place
             LIMIT 1);
END
$$;
COMMENT ON FUNCTION scim.email_sent(jsonb) IS
    'The email by which the log finds who was refused: the primary one of a User resource, which may be a wrong one, else the first.';

CREATE OR REPLACE FUNCTION scim.switch_person(of_org text, word text, to_active boolean,
        OUT person_id uuid, OUT action text, OUT reason text, OUT arguments text[])
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    before scim.users;
BEGIN
    SELECT known.person_id, known.reason, known.arguments INTO person_id, reason, arguments
      FROM scim.find_person(of_org, word) AS known;
    IF reason IS NOT NULL THEN
        RETURN;
    END IF;
    SELECT * INTO before FROM scim.users AS known WHERE known.org = of_org AND known.id = person_id FOR NO KEY UPDATE;
    IF before.active = to_active THEN
        action := 'unchanged';
        RETURN;
    END IF;
    action := CASE WHEN to_active THEN 'reactivated' ELSE 'deactivated' END;
    SELECT changed.reason, changed.arguments INTO reason, arguments
      FROM scim.change_person(of_org, person_id, before.resource || jsonb_build_object('active', to_active)) AS changed;
END
$$;
COMMENT ON FUNCTION scim.switch_person(text, text, boolean) IS
    'Sets active of a person as a PATCH would. reason: refused, nothing was written.';

CREATE OR REPLACE FUNCTION scim.take_person(of_org text, word text,
        OUT person_id uuid, OUT action text, OUT reason text, OUT arguments text[])
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    SELECT known.person_id, known.reason, known.arguments INTO person_id, reason, arguments
      FROM scim.find_person(of_org, word) AS known;
    IF reason IS NULL THEN
        action := 'removed';
        SELECT gone.reason, gone.arguments INTO reason, arguments FROM scim.delete_person(of_org, person_id) AS gone;
    END IF;
    -- Somebody else was faster, or it was done before: what is wanted is so.
    IF reason IN ('user.unknown', 'resource.not_found') THEN
        action := 'unchanged';
    END IF;
END
$$;
COMMENT ON FUNCTION scim.take_person(text, text) IS
    'Deletes a person as DELETE does; who is not here stays so (unchanged). reason: refused, nothing was written.';

CREATE OR REPLACE FUNCTION scim.answer_person(of_org text, refusals text, asked text, word text, of_id uuid,
        INOUT action text, INOUT reason text, arguments text[], OUT sentence text)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF reason IS NOT NULL AND action IS DISTINCT FROM 'unchanged' THEN
        action := 'refused';
        -- The log shows whom by the stored name, where there is one.
        sentence := scim.refuse_call(of_org, refusals, asked, 'User', of_id,
            CASE WHEN of_id IS NULL THEN jsonb_build_object('name', word) END, reason, arguments);
    ELSE
        sentence := scim.sentence(reason, arguments);
    END IF;
END
$$;
COMMENT ON FUNCTION scim.answer_person(text, text, text, text, uuid, text, text, text[]) IS
    'The end of a call that named a person by a word: refuses where there is a reason, and says so.';

CREATE OR REPLACE FUNCTION scim.deactivate_person(org text, person text, refusals text DEFAULT 'raise',
        OUT id uuid, OUT action text, OUT reason text, OUT sentence text)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    request_before CONSTANT text := scim.call_begin(org);
    answer record;
BEGIN
    PERFORM scim.check_refusals(refusals);
    SELECT * INTO answer FROM scim.switch_person(org, person, false);
    id := answer.person_id;
    SELECT done.action, done.reason, done.sentence INTO action, reason, sentence
      FROM scim.answer_person(org, refusals, 'update', person, id, answer.action, answer.reason, answer.arguments) AS done;
    PERFORM scim.call_end(request_before);
END
$$;
COMMENT ON FUNCTION scim.deactivate_person(text, text, text) IS
    'Takes a person''s access away, as active = false over HTTP: suspended, or removed where the organization says on_deactivate = remove. Arguments: org; person: id, userName, externalId or email; refusals: raise, or return. Result: id; action: deactivated, unchanged (inactive already) or refused; reason, sentence: why. Errors: as scim.upsert_person, among them SC404 nobody, SC409 more than one, SC429 the guard.';

CREATE OR REPLACE FUNCTION scim.reactivate_person(org text, person text, refusals text DEFAULT 'raise',
        OUT id uuid, OUT action text, OUT reason text, OUT sentence text)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    request_before CONSTANT text := scim.call_begin(org);
    answer record;
BEGIN
    PERFORM scim.check_refusals(refusals);
    SELECT * INTO answer FROM scim.switch_person(org, person, true);
    id := answer.person_id;
    SELECT done.action, done.reason, done.sentence INTO action, reason, sentence
      FROM scim.answer_person(org, refusals, 'update', person, id, answer.action, answer.reason, answer.arguments) AS done;
    PERFORM scim.call_end(request_before);
END
$$;
COMMENT ON FUNCTION scim.reactivate_person(text, text, text) IS
    'Lets a person in again, as active = true over HTTP. Arguments and errors: as scim.deactivate_person. Result: id; action: reactivated, unchanged (active already) or refused; reason, sentence: why.';

CREATE OR REPLACE FUNCTION scim.remove_person(org text, person text, refusals text DEFAULT 'raise',
        OUT id uuid, OUT action text, OUT reason text, OUT sentence text)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    request_before CONSTANT text := scim.call_begin(org);
    answer record;
BEGIN
    PERFORM scim.check_refusals(refusals);
    SELECT * INTO answer FROM scim.take_person(org, person);
    id := answer.person_id;
    SELECT done.action, done.reason, done.sentence INTO action, reason, sentence
      FROM scim.answer_person(org, refusals, 'delete', person, id, answer.action, answer.reason, answer.arguments) AS done;
    PERFORM scim.call_end(request_before);
END
$$;
COMMENT ON FUNCTION scim.remove_person(text, text, text) IS
    'Deletes a person, as DELETE over HTTP: gone, or kept for keep_deleted days where the organization says on_delete = suspend. Arguments and errors: as scim.deactivate_person, but nobody of that name is no error. Result: id; action: removed, unchanged (not here; reason and sentence say so) or refused; reason, sentence: why.';

-- Groups --------------------------------------------------------------------

CREATE OR REPLACE FUNCTION scim.put_group(of_org text, of_name text, of_external_id text,
        OUT group_id uuid, OUT action text, OUT reason text, OUT arguments text[])
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Again where another session made or deleted the group meanwhile.
    FOR attempt IN 1..10 LOOP
        group_id := NULL;
        SELECT (array_agg(named.id))[1] INTO group_id
          FROM (SELECT id FROM scim.groups WHERE org = of_org AND external_id = of_external_id LIMIT 2) AS named
        HAVING count(*) = 1;
        IF group_id IS NULL THEN
            SELECT known.group_id, known.reason, known.arguments INTO group_id, reason, arguments
              FROM scim.find_group_named(of_org, of_name) AS known;
            IF reason IS NOT NULL THEN
                RETURN;
            END IF;
        END IF;
        IF group_id IS NULL THEN
            action := 'created';
            SELECT (made.team).id, made.reason, made.arguments INTO group_id, reason, arguments
              FROM scim.create_group(of_org, of_name, of_external_id) AS made;
            EXIT WHEN reason IS DISTINCT FROM 'group.name_taken';
        ELSE
            SELECT changed.action, changed.reason, changed.arguments INTO action, reason, arguments
              FROM scim.change_group(of_org, group_id, of_name, of_external_id) AS changed;
            EXIT WHEN reason IS DISTINCT FROM 'group.unknown';
        END IF;
    END LOOP;
    IF reason IS NULL AND action <> 'unchanged' THEN
        PERFORM scim.log_group(of_org, group_id, CASE action WHEN 'created' THEN 'create' ELSE 'update' END,
            CASE action WHEN 'created' THEN 201 ELSE 200 END);
    END IF;
END
$$;
COMMENT ON FUNCTION scim.put_group(text, text, text) IS
    'Makes a group of this displayName and externalId, or gives them to the one that is meant. reason: refused, nothing was written.';

CREATE OR REPLACE FUNCTION scim.put_group_or_value_refused(of_org text, of_name text, of_external_id text,
        OUT group_id uuid, OUT action text, OUT reason text, OUT arguments text[])
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    SELECT put.group_id, put.action, put.reason, put.arguments INTO group_id, action, reason, arguments
      FROM scim.put_group(of_org, of_name, of_external_id) AS put;
EXCEPTION WHEN check_violation OR data_exception OR program_limit_exceeded THEN
    reason := 'value.refused';
    arguments := ARRAY[SQLERRM];
END
$$;
COMMENT ON FUNCTION scim.put_group_or_value_refused(text, text, text) IS
    'As scim.put_group; a value that the database refuses is a reason, too (value.refused), and undoes no more than this.';

CREATE OR REPLACE FUNCTION scim.find_group_named(of_org text, of_name text, OUT group_id uuid, OUT reason text, OUT arguments text[])
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found_ids CONSTANT uuid[] := ARRAY(SELECT id FROM scim.groups WHERE org = of_org AND display_name_key = scim.fold(of_name) LIMIT 2);
BEGIN
    group_id := found_ids[1];
    IF cardinality(found_ids) > 1 THEN
        group_id := NULL;
        reason := 'group.ambiguous';
        arguments := ARRAY[of_name, array_to_string(found_ids, ', ')];
    ELSIF btrim(coalesce(scim.fold(of_name), '')) = '' THEN
        reason := 'attr.required';
        arguments := '{displayName}';
    END IF;
END
$$;
COMMENT ON FUNCTION scim.find_group_named(text, text) IS
    'The group of that displayName, if there is one; reason: more than one, or a blank name.';

CREATE OR REPLACE FUNCTION scim.change_group(of_org text, of_group uuid, of_name text, of_external_id text,
        OUT action text, OUT reason text, OUT arguments text[])
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    before scim.groups;
BEGIN
    SELECT * INTO before FROM scim.groups WHERE org = of_org AND id = of_group FOR NO KEY UPDATE;
    IF before.id IS NULL THEN
        reason := 'group.unknown';
        arguments := ARRAY[of_name];
        RETURN;
    END IF;
    IF before.display_name = of_name AND before.external_id IS NOT DISTINCT FROM coalesce(of_external_id, before.external_id) THEN
        action := 'unchanged';
        RETURN;
    END IF;
    action := 'updated';
    SELECT refusal.reason, refusal.arguments INTO reason, arguments FROM scim.group_refusal(of_org, of_group) AS refusal;
    IF reason IS NULL AND before.unique_name AND scim.fold(of_name) <> before.display_name_key AND EXISTS (
            SELECT FROM scim.groups WHERE org = of_org AND display_name_key = scim.fold(of_name) AND unique_name) THEN
        reason := 'group.name_taken';
        arguments := ARRAY[of_name];
    END IF;
    IF reason IS NULL THEN
        UPDATE scim.groups SET display_name = of_name, external_id = coalesce(of_external_id, external_id)
         WHERE org = of_org AND id = of_group;
    END IF;
END
$$;
COMMENT ON FUNCTION scim.change_group(text, uuid, text, text) IS
    'Gives a group another displayName, and another externalId unless that is NULL. reason: refused, nothing was written.';

CREATE OR REPLACE FUNCTION scim.answer_group(of_org text, refusals text, asked text, word text, of_id uuid, external_id text,
        INOUT action text, INOUT reason text, arguments text[], OUT sentence text)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF reason IS NOT NULL AND action IS DISTINCT FROM 'unchanged' THEN
        action := 'refused';
        sentence := scim.refuse_call(of_org, refusals, asked, 'Group', of_id,
            CASE WHEN of_id IS NULL OR asked = 'create'
                 THEN jsonb_build_object('name', word, 'externalId', external_id) END, reason, arguments);
    ELSE
        sentence := scim.sentence(reason, arguments);
    END IF;
END
$$;
COMMENT ON FUNCTION scim.answer_group(text, text, text, text, uuid, text, text, text, text[]) IS
    'The end of a call that named a group by a word: refuses where there is a reason, and says so.';

CREATE OR REPLACE FUNCTION scim.upsert_group(org text, display_name text, external_id text DEFAULT NULL, refusals text DEFAULT 'raise',
        OUT id uuid, OUT action text, OUT reason text, OUT sentence text)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    request_before CONSTANT text := scim.call_begin(org);
    answer record;
BEGIN
    PERFORM scim.check_refusals(refusals);
    IF refusals = 'return' THEN
        SELECT * INTO answer FROM scim.put_group_or_value_refused(org, display_name, external_id);
    ELSE
        SELECT * INTO answer FROM scim.put_group(org, display_name, external_id);
    END IF;
    id := answer.group_id;
    SELECT done.action, done.reason, done.sentence INTO action, reason, sentence
      FROM scim.answer_group(org, refusals, CASE WHEN id IS NULL THEN 'create' ELSE 'update' END, display_name, id, external_id,
          answer.action, answer.reason, answer.arguments) AS done;
    PERFORM scim.call_end(request_before);
END
$$;
COMMENT ON FUNCTION scim.upsert_group(text, text, text, text) IS
    'Makes a group, or gives the only one of the externalId, else the one of the displayName, both; members stay. Call it again: nothing changes. Arguments: org; display_name; external_id: NULL leaves it as it is; refusals: raise, or return. Result: id; action: created, updated, unchanged or refused; reason, sentence: why. Errors: as scim.upsert_person.';

CREATE OR REPLACE FUNCTION scim.take_group(of_org text, word text,
        OUT group_id uuid, OUT action text, OUT reason text, OUT arguments text[])
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    above text;
    gone scim.groups;
BEGIN
    SELECT known.group_id, known.reason, known.arguments INTO group_id, reason, arguments
      FROM scim.find_group(of_org, word) AS known;
    IF reason = 'group.unknown' THEN
        action := 'unchanged';
    END IF;
    IF reason IS NOT NULL THEN
        RETURN;
    END IF;
    -- In the order in which everybody locks them (sql/statement/group_lock_parents.sql).
    PERFORM FROM scim.groups AS team
      WHERE team.org = of_org
        AND (team.id = group_id
             OR team.id IN (SELECT member.group_id FROM scim.group_members AS member
                             WHERE member.org = of_org AND member.subgroup_id = take_group.group_id))
      ORDER BY team.id
        FOR NO KEY UPDATE;
    SELECT refusal.reason, refusal.arguments INTO reason, arguments FROM scim.group_refusal(of_org, group_id) AS refusal;
    above := scim.protected_group_above(of_org, group_id);
    IF reason IS NULL AND above IS NOT NULL THEN
        reason := 'resource.protected';
        arguments := ARRAY['group', above];
    END IF;
    IF reason IS NOT NULL THEN
        RETURN;
    END IF;
    DELETE FROM scim.groups AS team WHERE team.org = of_org AND team.id = take_group.group_id RETURNING * INTO gone;
    action := CASE WHEN gone.id IS NULL THEN 'unchanged' ELSE 'removed' END;
    IF action = 'removed' THEN
        PERFORM scim.log_done(of_org, 'delete', 'Group', gone.id, gone.display_name, NULL, gone.external_id, 204);
    END IF;
END
$$;
COMMENT ON FUNCTION scim.take_group(text, text) IS
    'Deletes a group as DELETE does; one that is not there stays so (unchanged). reason: refused, nothing was written.';

CREATE OR REPLACE FUNCTION scim.remove_group(org text, of_group text, refusals text DEFAULT 'raise',
        OUT id uuid, OUT action text, OUT reason text, OUT sentence text)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    request_before CONSTANT text := scim.call_begin(org);
    answer record;
BEGIN
    PERFORM scim.check_refusals(refusals);
    SELECT * INTO answer FROM scim.take_group(org, of_group);
    id := answer.group_id;
    SELECT done.action, done.reason, done.sentence INTO action, reason, sentence
      FROM scim.answer_group(org, refusals, 'delete', of_group, id, NULL, answer.action, answer.reason, answer.arguments) AS done;
    PERFORM scim.call_end(request_before);
END
$$;
COMMENT ON FUNCTION scim.remove_group(text, text, text) IS
    'Deletes a group, as DELETE over HTTP; its members stay people. Arguments: org; of_group: id or displayName; refusals: raise, or return. Result: id; action: removed, unchanged (not there; reason and sentence say so) or refused; reason, sentence: why. Errors: as scim.upsert_person.';

-- Members -------------------------------------------------------------------

CREATE OR REPLACE FUNCTION scim.write_members(of_org text, of_group uuid, change text, ids uuid[],
        OUT added bigint, OUT removed bigint, OUT reason text, OUT arguments text[])
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    leaving uuid[] := '{}';
    coming uuid[] := '{}';
    above text;
BEGIN
    added := 0;
    removed := 0;
    SELECT refusal.reason, refusal.arguments INTO reason, arguments FROM scim.group_refusal(of_org, of_group) AS refusal;
    IF reason IS NULL AND change <> 'remove' AND of_group = ANY (ids) THEN
        reason := 'group.own_member';
        arguments := ARRAY[of_group::text];
    END IF;
    IF reason IS NOT NULL THEN
        RETURN;
    END IF;
    IF change = 'set' THEN
        SELECT differing.coming, differing.leaving INTO coming, leaving
          FROM scim.members_that_differ(of_org, of_group, ids) AS differing;
    ELSE
        leaving := ARRAY(SELECT named.id
                           FROM unnest(ids) AS named (id)
                          CROSS JOIN LATERAL (SELECT FROM scim.group_members
                                               WHERE org = of_org AND group_id = of_group AND member_id = named.id LIMIT 1) AS present);
        IF change = 'add' THEN
            coming := ARRAY(SELECT unnest(ids) EXCEPT SELECT unnest(leaving));
            leaving := '{}';
        END IF;
    END IF;
    IF cardinality(leaving) + cardinality(coming) = 0 THEN
        RETURN;
    END IF;
    above := scim.protected_group_above(of_org, of_group);
    IF above IS NOT NULL THEN
        reason := 'resource.protected';
        arguments := ARRAY['group', above];
        RETURN;
    END IF;
    IF cardinality(leaving) > 0 THEN
        removed := scim.remove_group_members(of_org, of_group, leaving);
    END IF;
    IF cardinality(coming) > 0 THEN
        SELECT made.added INTO added FROM scim.add_group_members(of_org, of_group, coming) AS made;
    END IF;
    PERFORM scim.log_group(of_org, of_group, 'update', 200);
END
$$;
COMMENT ON FUNCTION scim.write_members(text, uuid, text, uuid[]) IS
    'Sets the members of a group that has been locked to these, adds or removes them (change: set, add, remove). reason: refused, nothing was written.';

CREATE OR REPLACE FUNCTION scim.change_members(org text, of_group text, change text, members text[], refusals text,
        OUT id uuid, OUT action text, OUT added bigint, OUT removed bigint, OUT reason text, OUT sentence text)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    request_before CONSTANT text := scim.call_begin(org);
    of_org CONSTANT text := org;
    named uuid[];
    arguments text[];
BEGIN
    PERFORM scim.check_refusals(refusals);
    -- What an aggregate makes of no row must not empty a group.
    IF members IS NULL OR array_position(members, NULL) IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'members cannot be NULL, nor can one of them: nobody is ''{}''.';
    END IF;
    SELECT known.group_id, known.reason, known.arguments INTO id, reason, arguments FROM scim.find_group(of_org, of_group) AS known;
    IF reason IS NULL THEN
        -- Changes of the members of a group wait for each other here, whatever their order.
        PERFORM FROM scim.groups AS team WHERE team.org = of_org AND team.id = change_members.id FOR NO KEY UPDATE;
        SELECT known.ids, known.reason, known.arguments INTO named, reason, arguments
          FROM scim.find_members(of_org, members, change = 'remove') AS known;
    END IF;
    IF reason IS NULL THEN
        SELECT written.added, written.removed, written.reason, written.arguments INTO added, removed, reason, arguments
          FROM scim.write_members(of_org, id, change, named) AS written;
        action := CASE WHEN added + removed > 0 THEN 'updated' WHEN reason IS NULL THEN 'unchanged' END;
    END IF;
    SELECT done.action, done.reason, done.sentence INTO action, reason, sentence
      FROM scim.answer_group(of_org, refusals, 'update', of_group, id, NULL, action, reason, arguments) AS done;
    PERFORM scim.call_end(request_before);
END
$$;
COMMENT ON FUNCTION scim.change_members(text, text, text, text[], text) IS
    'What scim.set_members, scim.add_members and scim.remove_members do (change: set, add, remove).';

CREATE OR REPLACE FUNCTION scim.set_members(org text, of_group text, members text[], refusals text DEFAULT 'raise',
        OUT id uuid, OUT action text, OUT added bigint, OUT removed bigint, OUT reason text, OUT sentence text)
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT * FROM scim.change_members($1, $2, 'set', $3, $4)
$$;
COMMENT ON FUNCTION scim.set_members(text, text, text[], text) IS
    'Makes these the members of a group, as PUT over HTTP: others leave, who is in already stays untouched. Call it again: nothing changes. Arguments: org; of_group: id or displayName; members: people by id, userName or externalId, groups by id; refusals: raise, or return. Result: id of the group; action: updated, unchanged or refused; added, removed: how many; reason, sentence: why it was refused. Errors: as scim.upsert_person, among them SC400 a member that is not here, SC409 a word that means more than one.';

CREATE OR REPLACE FUNCTION scim.add_members(org text, of_group text, members text[], refusals text DEFAULT 'raise',
        OUT id uuid, OUT action text, OUT added bigint, OUT removed bigint, OUT reason text, OUT sentence text)
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT * FROM scim.change_members($1, $2, 'add', $3, $4)
$$;
COMMENT ON FUNCTION scim.add_members(text, text, text[], text) IS
    'Adds members to a group; who is in already stays untouched. Arguments, result and errors: as scim.set_members.';

CREATE OR REPLACE FUNCTION scim.remove_members(org text, of_group text, members text[], refusals text DEFAULT 'raise',
        OUT id uuid, OUT action text, OUT added bigint, OUT removed bigint, OUT reason text, OUT sentence text)
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT * FROM scim.change_members($1, $2, 'remove', $3, $4)
$$;
COMMENT ON FUNCTION scim.remove_members(text, text, text[], text) IS
    'Takes members out of a group; who is not in, or not here, changes nothing. Arguments, result and errors: as scim.set_members.';
