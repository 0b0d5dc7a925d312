-- Import of people: what the records of many are to become, and its doing, by
-- one statement where it can be. import.sql tells how the parts stand together.

SET LOCAL client_min_messages = warning;

CREATE OR REPLACE FUNCTION scim.import_person_id(of_run uuid, name text) RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    -- A UUID of version 8 (RFC 9562 5.8): a digest, as of version 5, but of SHA-256.
    SELECT pg_catalog.substr(overlay(overlay(pg_catalog.encode(pg_catalog.sha256(
               pg_catalog.convert_to($1::pg_catalog.text || ' ' || $2, 'UTF8')), 'hex')
               PLACING '8' FROM 13) PLACING 'a' FROM 17), 1, 32)::pg_catalog.uuid
$$;
COMMENT ON FUNCTION scim.import_person_id(uuid, text) IS
    'The id that a run gives to a new person of this name, so that it is known before that person comes. Nobody else can tell it: the id of the run is random.';

CREATE OR REPLACE FUNCTION scim.import_intended(of_org text, of_run uuid, match text, named_by text, first_line bigint,
        last_line bigint, settings scim.organization_settings)
    RETURNS TABLE (line bigint, action text, id uuid, resource jsonb, before jsonb, was_active boolean, subject text,
        reason text, arguments text[], reference text, manager text, groups text[], said jsonb, is_new boolean)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off
    SET work_mem = '64MB'
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    enterprise CONSTANT text := 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
    by_external CONSTANT boolean := match IS NULL OR match = 'external_id';
    by_name CONSTANT boolean := match IS NULL OR match = 'user_name';
    -- What comes from a file was read by scimlet as the responder reads a body.
    checked CONSTANT boolean := of_run <> '00000000-0000-0000-0000-000000000000';
    picky CONSTANT boolean := cardinality(settings.required_attributes) > 0 OR cardinality(settings.allowed_domains) > 0;
BEGIN
    -- What is short first: sorting and carrying whole resources costs more than to look them up again.
    RETURN QUERY
    WITH keys AS MATERIALIZED (
        SELECT staged.org, staged.run, staged.line,
               staged.resource #>> ARRAY[enterprise, 'manager', 'value'] AS manager,
               staged.resource ->> 'externalId' AS external_id,
               scim.fold(staged.resource ->> 'userName') AS name_key,
               CASE WHEN by_external THEN staged.resource ->> 'externalId'
                    WHEN match = 'email' THEN scim.fold(scim.primary_email(staged.resource)) END AS other_key,
               CASE named_by WHEN 'reference' THEN staged.reference
                             WHEN 'external_id' THEN staged.resource ->> 'externalId'
                             WHEN 'user_name' THEN scim.fold(staged.resource ->> 'userName') END AS name
          FROM scim.import_staging AS staged
         WHERE staged.org = of_org AND staged.run = of_run AND staged.resource_type = 'User'
           AND staged.line BETWEEN first_line AND last_line
    ), known AS MATERIALIZED (
        SELECT keys.*,
               min(keys.line) OVER (PARTITION BY keys.name_key) AS first_of_name,
               min(keys.line) OVER (PARTITION BY keys.other_key) AS first_of_other,
               min(keys.line) OVER (PARTITION BY keys.name) AS first_of_that_name,
               CASE WHEN by_external AND other_key IS NOT NULL THEN
                    ARRAY(SELECT person.id FROM scim.users AS person
                           WHERE person.org = keys.org AND person.external_id = other_key LIMIT 2)
                    WHEN match = 'email' THEN
                    ARRAY(SELECT DISTINCT email.user_id FROM scim.user_emails AS email
                           WHERE email.org = keys.org AND email.value_key = other_key LIMIT 2)
               END AS others,
               (SELECT person.id FROM scim.users AS person
                 WHERE person.org = keys.org AND person.user_name_key = name_key LIMIT 1) AS of_name,
               CASE WHEN manager IS NOT NULL THEN
                    (SELECT named.id FROM scim.import_referenced(keys.org, keys.run, 'User', manager) AS named) END AS manager_id
          FROM keys
    ), meant AS MATERIALIZED (
        SELECT named.*, min(named.line) OVER (PARTITION BY named.found_id) AS first_of_id
          FROM (SELECT known.*,
                       coalesce(CASE WHEN cardinality(others) = 1 THEN others[1] END,
                                CASE WHEN by_name THEN of_name END) AS found_id
                  FROM known
                OFFSET 0) AS named
    )
    SELECT meant.line,
           CASE WHEN refusal.reason IS NOT NULL THEN 'refused'
                WHEN found_id IS NULL AND revives THEN 'alone'
                WHEN found_id IS NULL THEN 'create'
                WHEN becomes = (person.person).resource THEN 'same'
                WHEN scim.fold(becomes ->> 'userName') <> (person.person).user_name_key THEN 'alone'
                ELSE 'update' END,
           coalesce(found_id, CASE WHEN first_of_that_name = meant.line THEN free_id END, gen_random_uuid()), becomes, (person.person).resource, (person.person).active,
           coalesce(staged.resource ->> 'userName', staged.resource ->> 'externalId', staged.resource ->> 'displayName'),
           refusal.reason, refusal.arguments, staged.reference,
           CASE WHEN meant.manager_id IS NULL THEN meant.manager END, staged.groups, stated.said,
           coalesce(cardinality(others), 0) = 0 AND of_name IS NULL AND NOT revives
      FROM meant
     CROSS JOIN LATERAL (SELECT resource, reference, groups FROM scim.import_staging AS staged
                          WHERE staged.org = meant.org AND staged.run = meant.run AND staged.line = meant.line
                          LIMIT 1) AS staged
      LEFT JOIN LATERAL (SELECT person FROM scim.users AS person
                          WHERE person.org = meant.org AND person.id = found_id LIMIT 1) AS person ON true
      LEFT JOIN LATERAL (SELECT matches.line FROM scim.import_matches AS matches
                          WHERE matches.org = meant.org AND matches.run = meant.run
                            AND matches.resource_type = 'User' AND matches.id = found_id
                          LIMIT 1) AS earlier ON true
     CROSS JOIN LATERAL (
        SELECT CASE WHEN jsonb_typeof(staged.resource) <> 'object' THEN NULL
                    WHEN manager IS NULL THEN staged.resource
                    WHEN manager_id IS NOT NULL THEN jsonb_set(staged.resource, ARRAY[enterprise, 'manager'],
                        jsonb_build_object('value', manager_id))
                    -- A manager who is not known yet is settled when everybody is in, and mostly guessed right before.
                    WHEN (person.person).manager_id IS NOT NULL THEN staged.resource #- ARRAY[enterprise, 'manager']
                    WHEN found_id IS NULL AND named_by IS NOT NULL THEN
                        jsonb_set(staged.resource, ARRAY[enterprise, 'manager'], jsonb_build_object('value',
                            scim.import_person_id(meant.run, CASE named_by WHEN 'user_name' THEN scim.fold(manager) ELSE manager END)))
                    ELSE staged.resource END AS said,
               CASE WHEN found_id IS NULL AND name IS NOT NULL THEN
                    (SELECT own.id FROM (SELECT scim.import_person_id(meant.run, name) AS id OFFSET 0) AS own
                      WHERE (SELECT other.id FROM scim.users AS other
                              WHERE other.org = meant.org AND other.id = own.id LIMIT 1) IS NULL) END AS free_id
        OFFSET 0) AS stated
     CROSS JOIN LATERAL (
        SELECT CASE WHEN said IS NULL THEN NULL
                    WHEN checked AND found_id IS NULL THEN scim.user_resource_trimmed(said)
                    WHEN checked THEN scim.user_resource_trimmed(scim.import_merged((person.person).resource, said))
                    WHEN found_id IS NULL THEN scim.user_resource_normal(said)
                    ELSE scim.user_resource_normal(scim.import_merged((person.person).resource, said)) END AS becomes
        OFFSET 0) AS wanted
     CROSS JOIN LATERAL (
        SELECT CASE WHEN NOT checked THEN scim.user_resource_fault(becomes) END AS fault,
               nullif(least(CASE WHEN name_key IS NOT NULL THEN first_of_name END,
                            CASE WHEN other_key IS NOT NULL THEN first_of_other END,
                            CASE WHEN found_id IS NOT NULL THEN first_of_id END), meant.line) AS earlier_line,
               found_id IS NULL AND settings.revive <> 'never'
                   AND (EXISTS (SELECT FROM scim.deleted_users AS kept
                                 WHERE kept.org = meant.org AND kept.external_id = meant.external_id)
                        OR NOT by_external
                           AND EXISTS (SELECT FROM scim.users AS known
                                        WHERE known.org = meant.org AND known.external_id = meant.external_id
                                          AND NOT known.active)
                        OR settings.revive = 'user_name'
                           AND EXISTS (SELECT FROM scim.deleted_users AS kept
                                        WHERE kept.org = meant.org AND kept.user_name_key = name_key)) AS revives
        OFFSET 0) AS facts
      LEFT JOIN LATERAL (
        SELECT said_no.reason, said_no.arguments
          FROM scim.import_refusal(settings, person.person, becomes, fault, coalesce(facts.earlier_line, earlier.line),
                   cardinality(others) > 1 AND (match IS NOT NULL OR of_name IS NULL), other_key,
                   of_name IS NOT NULL AND found_id IS NULL AND NOT revives) AS said_no
         -- Not for somebody new with nothing against it, as nearly all are, nor for who stays the same.
         WHERE fault IS NOT NULL OR becomes IS NULL OR facts.earlier_line IS NOT NULL OR earlier.line IS NOT NULL
            OR cardinality(others) > 1 OR of_name IS NOT NULL AND found_id IS NULL
            OR found_id IS NOT NULL AND becomes <> (person.person).resource
            OR found_id IS NULL AND (picky OR btrim(name_key) = '' OR octet_length(name_key) > 1024)
        OFFSET 0) AS refusal ON true;
END
$$;
COMMENT ON FUNCTION scim.import_intended(text, uuid, text, text, bigint, bigint, scim.organization_settings) IS
    'What is to become of the people among the staged lines: create, update, same, refused, or alone: to be looked at one by one. is_new: nobody who is or was here has anything to do with it.';

CREATE OR REPLACE FUNCTION scim.import_refusal(settings scim.organization_settings, person scim.users, becomes jsonb,
        fault text, earlier_line bigint, ambiguous boolean, meant text, taken boolean,
        OUT reason text, OUT arguments text[])
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF fault IS NOT NULL OR becomes IS NULL THEN
        reason := 'import.unusable';
        arguments := ARRAY[coalesce(fault, 'It is no JSON object.')];
    ELSIF earlier_line IS NOT NULL THEN
        reason := 'import.twice';
        arguments := ARRAY[becomes ->> 'userName', earlier_line::text];
    ELSIF ambiguous THEN
        reason := 'import.ambiguous';
        arguments := ARRAY[becomes ->> 'userName', meant];
    ELSIF person.id IS NULL THEN
        SELECT refusal.reason, refusal.arguments INTO reason, arguments
          FROM scim.resource_refusal(settings, becomes) AS refusal;
        IF reason IS NULL AND taken THEN
            reason := coalesce(scim.user_name_refusal(settings.org, scim.fold(becomes ->> 'userName')), 'user.name_taken');
            arguments := ARRAY[becomes ->> 'userName'];
        END IF;
    -- Another userName may be free when its turn comes.
    ELSIF becomes <> person.resource AND scim.fold(becomes ->> 'userName') = person.user_name_key THEN
        SELECT refusal.reason, refusal.arguments INTO reason, arguments
          FROM scim.change_refusal(settings, person, becomes) AS refusal;
    END IF;
END
$$;
COMMENT ON FUNCTION scim.import_refusal(scim.organization_settings, scim.users, jsonb, text, bigint, boolean, text, boolean) IS
    'Why a record cannot be imported; person: whom it means, or no one; becomes: what that person would be. reason NULL: it can.';

-- People ---------------------------------------------------------------------

CREATE OR REPLACE FUNCTION scim.import_update(of_org text, ids uuid[], resources jsonb[], befores jsonb[]) RETURNS SETOF uuid
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off
    SET jit = off
    SET enable_hashjoin = off
    SET enable_mergejoin = off
AS $$
BEGIN
    IF ids IS NULL THEN
        RETURN;
    END IF;
    -- All in one order (ids are sorted): two that change many wait for each other.
    PERFORM locked.id
       FROM (SELECT of_org AS org, listed.id FROM unnest(ids) AS listed (id) OFFSET 0) AS wanted
      CROSS JOIN LATERAL (SELECT person.id FROM scim.users AS person
                           WHERE person.org = wanted.org AND person.id = wanted.id
                           LIMIT 1 FOR NO KEY UPDATE) AS locked;
    RETURN QUERY
    UPDATE scim.users AS person
       SET resource = wanted.resource
      FROM (SELECT of_org AS org, listed.id, listed.resource, listed.before
              FROM unnest(ids, resources, befores) AS listed (id, resource, before)
            OFFSET 0) AS wanted
     WHERE person.org = wanted.org AND person.id = wanted.id AND person.resource = wanted.before
    RETURNING person.id;
END
$$;
COMMENT ON FUNCTION scim.import_update(text, uuid[], jsonb[], jsonb[]) IS
    'Gives people another resource, but for those whose resource is no longer what it was; the ids of those who got it.';

CREATE OR REPLACE FUNCTION scim.import_people_at_once(of_org text, of_run uuid, match text, named_by text, first_line bigint,
        last_line bigint, only_new boolean, quiet boolean)
    RETURNS TABLE (line bigint, action text, id uuid, subject text, reason text, arguments text[],
        resource jsonb, before jsonb, reference text, manager text, groups text[], said jsonb)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET work_mem = '64MB'
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    settings CONSTANT scim.organization_settings := scim.import_settings(of_org);
    caller CONSTANT text := current_setting('application_name');
    caller_address CONSTANT text := host(inet_client_addr());
    request CONSTANT text := 'import-' || pg_current_xact_id();
    enterprise CONSTANT text := 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
BEGIN
    -- The plan has checked what it lets through (scim.user_resource).
    PERFORM set_config('scim.checked', 'on', true);
    PERFORM set_config('scim.importing', 'on', true);
    RETURN QUERY
    WITH plan AS MATERIALIZED (
        SELECT * FROM scim.import_intended(of_org, of_run, match, named_by, first_line, last_line, settings)
    ), going AS (
        SELECT NOT only_new OR coalesce(bool_and(plan.is_new), true) AS ahead FROM plan
    ), made AS (
        -- With its columns, as scim.users_from_resource gives them, which need not be
        -- called for each then (scim.importing).
        INSERT INTO scim.users AS person (org, id, resource, user_name, external_id, display_name,
                given_name, family_name, title, active,
                department, employee_number, manager_id, version, created, last_modified)
        SELECT of_org, plan.id, plan.resource, plan.resource ->> 'userName', plan.resource ->> 'externalId',
               plan.resource ->> 'displayName', plan.resource -> 'name' ->> 'givenName',
               plan.resource -> 'name' ->> 'familyName', plan.resource ->> 'title',
               coalesce((plan.resource -> 'active')::boolean, true),
               plan.resource -> enterprise ->> 'department', plan.resource -> enterprise ->> 'employeeNumber',
               plan.resource -> enterprise -> 'manager' ->> 'value', 1, moment, moment
          FROM plan
         CROSS JOIN LATERAL (SELECT scim.clock() AS moment WHERE plan.line IS NOT NULL OFFSET 0) AS clock
         WHERE plan.action = 'create' AND (SELECT ahead FROM going)
         ORDER BY plan.line
            ON CONFLICT ON CONSTRAINT users_user_name_key DO NOTHING
        RETURNING person.id
    ), changed AS (
        SELECT updated.id
          FROM (SELECT array_agg(plan.id ORDER BY plan.id) AS ids,
                       array_agg(plan.resource ORDER BY plan.id) AS resources,
                       array_agg(plan.before ORDER BY plan.id) AS befores
                  FROM plan WHERE plan.action = 'update' AND (SELECT ahead FROM going)) AS wanted
         CROSS JOIN LATERAL scim.import_update(of_org, wanted.ids, wanted.resources, wanted.befores) AS updated (id)
    ), done AS MATERIALIZED (
        SELECT plan.line,
               -- Somebody else was faster.
               CASE WHEN plan.action = 'create' AND made.id IS NULL
                      OR plan.action = 'update' AND changed.id IS NULL THEN 'alone'
                    ELSE plan.action END AS action,
               plan.id, plan.resource, plan.before, plan.was_active, plan.subject, plan.reason, plan.arguments,
               plan.reference, plan.manager, plan.groups, plan.said, plan.is_new
          FROM plan
          LEFT JOIN made ON made.id = plan.id
          LEFT JOIN changed ON changed.id = plan.id
         WHERE (SELECT ahead FROM going)
    ), noted AS (
        INSERT INTO scim.import_matches (org, run, resource_type, id, line, reference, manager, groups)
        SELECT of_org, of_run, 'User', done.id, done.line, done.reference, done.manager, done.groups
          FROM done
         WHERE done.action IN ('create', 'update', 'same')
    ), logged AS (
        -- As scim.log_done does it for one.
        INSERT INTO scim.request_log (org, request_id, address, agent, action, resource_type, resource_id,
                subject, subject_key, email_key, external_id, result, status, scim_type, reason, arguments, sentence)
        SELECT of_org, request, caller_address, caller,
               CASE WHEN done.action <> 'update' THEN 'create'
                    WHEN active_after = done.was_active THEN 'update'
                    WHEN active_after THEN 'reactivate' ELSE 'deactivate' END,
               'User', CASE WHEN done.action <> 'refused' OR done.before IS NOT NULL THEN done.id END,
               done.subject, scim.log_key(done.subject),
               CASE WHEN email <> done.subject THEN nullif(scim.log_key(email), scim.log_key(done.subject)) END,
               nullif(done.resource ->> 'externalId', done.subject),
               CASE WHEN done.action = 'refused' THEN 'refused' ELSE 'done' END,
               CASE WHEN done.action = 'refused' THEN (SELECT reasons.status FROM scim.reasons WHERE code = done.reason)
                    WHEN done.action = 'create' THEN 201 ELSE 200 END,
               CASE WHEN done.action = 'refused' THEN (SELECT reasons.scim_type FROM scim.reasons WHERE code = done.reason) END,
               done.reason, done.arguments,
               CASE WHEN done.action = 'refused' THEN scim.sentence(done.reason, done.arguments) END
          FROM done
         -- What was refused may hold anything.
         CROSS JOIN LATERAL (SELECT CASE WHEN jsonb_typeof(done.resource -> 'emails') = 'array' OR done.action <> 'refused'
                                         THEN scim.primary_email(done.resource) END AS email,
                                    CASE WHEN done.action = 'update'
                                         THEN coalesce((done.resource -> 'active')::boolean, done.was_active) END AS active_after
                              OFFSET 0) AS facts
         WHERE done.action IN ('create', 'update', 'refused')
    )
    SELECT done.line, done.action, done.id, done.subject, done.reason, done.arguments,
           -- Of most there is nothing more to say: less to be carried.
           CASE WHEN done.action NOT IN ('create', 'same') THEN done.resource END,
           CASE WHEN done.action <> 'same' THEN done.before END, done.reference, done.manager, done.groups,
           CASE WHEN done.action = 'alone' THEN done.said END
      FROM done
     WHERE NOT quiet OR done.action NOT IN ('create', 'same')
     UNION ALL
    SELECT NULL, 'counted', NULL, NULL, NULL, NULL,
           jsonb_build_object('create', count(*) FILTER (WHERE done.action = 'create'),
               'same', count(*) FILTER (WHERE done.action = 'same'),
               'new', (SELECT ahead FROM going) AND coalesce(bool_and(done.is_new AND done.action <> 'alone'), true)),
           NULL, NULL, NULL, NULL, NULL
      FROM done
    HAVING quiet;
    PERFORM set_config('scim.importing', '', true);
    PERFORM set_config('scim.checked', '', true);
END
$$;
COMMENT ON FUNCTION scim.import_people_at_once(text, uuid, text, text, bigint, bigint, boolean, boolean) IS
    'Imports the people among the staged lines by one statement, with their log; a row for each. action alone: not done yet. only_new: nothing is done if one of them has to do with somebody known. quiet: who was created or stays the same is only counted, in the resource of a row with the action counted, which also tells whether all are new.';

CREATE OR REPLACE FUNCTION scim.import_people_surely(of_org text, of_run uuid, match text, named_by text, first_line bigint,
        last_line bigint, quiet boolean)
    RETURNS TABLE (line bigint, action text, id uuid, subject text, reason text, arguments text[],
        resource jsonb, before jsonb, reference text, manager text, groups text[], said jsonb)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET work_mem = '64MB'
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    lines bigint[];
    middle integer;
    fault text;
BEGIN
    BEGIN
        RETURN QUERY SELECT * FROM scim.import_people_at_once(of_org, of_run, match, named_by, first_line, last_line, false, quiet);
        RETURN;
    EXCEPTION WHEN integrity_constraint_violation OR data_exception OR program_limit_exceeded OR raise_exception THEN
        fault := SQLERRM;
    END;
    -- One of them cannot be stored: which half is it in?
    lines := ARRAY(SELECT staged.line
                     FROM scim.import_staging AS staged
                    WHERE staged.org = of_org AND staged.run = of_run AND staged.resource_type = 'User'
                      AND staged.line BETWEEN first_line AND last_line
                    ORDER BY staged.line);
    middle := cardinality(lines) / 2;
    IF middle > 0 THEN
        RETURN QUERY SELECT * FROM scim.import_people_surely(of_org, of_run, match, named_by, first_line, lines[middle], quiet);
        RETURN QUERY SELECT * FROM scim.import_people_surely(of_org, of_run, match, named_by, lines[middle + 1], last_line, quiet);
        RETURN;
    END IF;
    -- In words rather than by the name of a constraint, where there are any.
    SELECT coalesce(scim.user_resource_fault(scim.user_resource_normal(staged.resource)), fault)
      INTO fault
      FROM scim.import_staging AS staged
     WHERE staged.org = of_org AND staged.run = of_run AND staged.line = lines[1] AND jsonb_typeof(staged.resource) = 'object';
    RETURN QUERY
    SELECT staged.line, 'refused', NULL::uuid, staged.resource ->> 'userName', 'import.unusable', ARRAY[fault],
           staged.resource, NULL::jsonb, NULL::text, NULL::text, NULL::text[], NULL::jsonb
      FROM scim.import_staging AS staged
     WHERE staged.org = of_org AND staged.run = of_run AND staged.line = lines[1];
    PERFORM scim.import_log_refused(of_org, 'User', NULL, staged.resource, 'import.unusable', ARRAY[fault])
       FROM scim.import_staging AS staged
      WHERE staged.org = of_org AND staged.run = of_run AND staged.line = lines[1];
END
$$;
COMMENT ON FUNCTION scim.import_people_surely(text, uuid, text, text, bigint, bigint, boolean) IS
    'scim.import_people_at_once; when the database refuses one of them, the others go in all the same.';

CREATE OR REPLACE FUNCTION scim.import_log_refused(of_org text, type text, resource_id uuid, new_resource jsonb,
        reason text, arguments text[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM scim.log_done(of_org, CASE WHEN resource_id IS NULL THEN 'create' ELSE 'update' END, type, resource_id,
        coalesce(new_resource ->> 'userName', new_resource ->> 'displayName', new_resource ->> 'externalId'),
        CASE WHEN jsonb_typeof(new_resource -> 'emails') = 'array' THEN scim.primary_email(new_resource) END,
        new_resource ->> 'externalId',
        (SELECT known.status FROM scim.reasons AS known WHERE known.code = import_log_refused.reason), reason, arguments);
END
$$;
COMMENT ON FUNCTION scim.import_log_refused(text, text, uuid, jsonb, text, text[]) IS
    'Writes the row of request_log for a record that was refused.';

CREATE OR REPLACE FUNCTION scim.import_person_alone(of_org text, person_id uuid, new_resource jsonb, was jsonb, stated jsonb,
        OUT action text, OUT id uuid, OUT reason text, OUT arguments text[])
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    settings CONSTANT scim.organization_settings := scim.import_settings(of_org);
    answer record;
BEGIN
    IF was IS NULL THEN
        SELECT * INTO answer FROM scim.create_person_by(settings, new_resource, person_id);
        action := CASE WHEN answer.revived THEN 'revive' ELSE 'create' END;
    ELSE
        SELECT * INTO answer
          FROM scim.change_person_by(settings, person_id, (
              SELECT scim.user_resource_normal(scim.import_merged(person.resource, stated))
                FROM scim.users AS person
               WHERE person.org = of_org AND person.id = person_id
                 FOR NO KEY UPDATE));
        action := 'update';
    END IF;
    id := (answer.person).id;
    reason := answer.reason;
    arguments := answer.arguments;
    IF reason IS NOT NULL THEN
        action := 'refused';
    END IF;
EXCEPTION WHEN integrity_constraint_violation OR data_exception OR program_limit_exceeded OR raise_exception THEN
    action := 'refused';
    reason := 'import.unusable';
    arguments := ARRAY[SQLERRM];
END
$$;
COMMENT ON FUNCTION scim.import_person_alone(text, uuid, jsonb, jsonb, jsonb) IS
    'Imports one person by scim.create_person_by or scim.change_person_by; what cannot be stored is refused.';

CREATE OR REPLACE FUNCTION scim.import_people(of_org text, of_run uuid, match text, named_by text, first_line bigint,
        last_line bigint, quiet boolean)
    RETURNS TABLE (line bigint, resource_type text, action text, id uuid, subject text, reason text, arguments text[],
        resource jsonb, before jsonb)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET work_mem = '64MB'
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    one record;
    alone record;
BEGIN
    resource_type := 'User';
    FOR one IN SELECT * FROM scim.import_people_surely(of_org, of_run, match, named_by, first_line, last_line, quiet) AS done
                ORDER BY done.line
    LOOP
        line := one.line;
        action := one.action;
        id := one.id;
        subject := one.subject;
        reason := one.reason;
        arguments := one.arguments;
        resource := one.resource;
        before := one.before;
        IF action = 'alone' THEN
            SELECT * INTO alone
              FROM scim.import_person_alone(of_org, one.id, one.resource, one.before, one.said);
            action := alone.action;
            id := coalesce(alone.id, one.id);
            reason := alone.reason;
            arguments := alone.arguments;
            IF action = 'refused' THEN
                PERFORM scim.import_log_refused(of_org, 'User', CASE WHEN one.before IS NOT NULL THEN one.id END,
                    one.resource, alone.reason, alone.arguments);
            ELSE
                INSERT INTO scim.import_matches (org, run, resource_type, id, line, reference, manager, groups)
                VALUES (of_org, of_run, 'User', coalesce(alone.id, one.id), one.line, one.reference, one.manager, one.groups)
                    ON CONFLICT ON CONSTRAINT import_matches_pkey DO NOTHING;
            END IF;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION scim.import_people(text, uuid, text, text, bigint, bigint, boolean) IS
    'Imports the people among the staged lines; a row for each, in their order. named_by: how they name managers who come later: reference, external_id, user_name; a guess, for scim.import_managers looks again; NULL: none. quiet: as of scim.import_people_at_once.';

CREATE OR REPLACE FUNCTION scim.import_lean(of_org text, of_run uuid, first_line bigint) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off
    SET jit = off
AS $$
DECLARE
    fine boolean;
BEGIN
    -- Those of the batch itself are settled when everybody is in, as they would be without another batch beside it.
    WITH known AS MATERIALIZED (
        SELECT waiting.line, named.id::text AS id, person.manager_id AS guessed
          FROM scim.import_matches AS waiting
         CROSS JOIN LATERAL scim.import_referenced(waiting.org, waiting.run, 'User', waiting.manager) AS named
         CROSS JOIN LATERAL (SELECT one.manager_id FROM scim.users AS one
                              WHERE one.org = waiting.org AND one.id = waiting.id LIMIT 1) AS person
         WHERE waiting.org = of_org AND waiting.run = of_run AND waiting.manager IS NOT NULL AND waiting.line >= first_line
           AND named.id IS NOT NULL
           AND NOT EXISTS (SELECT FROM scim.import_matches AS own
                            WHERE own.org = waiting.org AND own.run = waiting.run AND own.resource_type = 'User'
                              AND own.id = named.id AND own.line >= first_line)
    ), settled AS (
        UPDATE scim.import_matches AS matches
           SET manager = NULL
         WHERE matches.org = of_org AND matches.run = of_run AND matches.manager IS NOT NULL AND matches.line >= first_line
           AND matches.line IN (SELECT known.line FROM known)
    )
    SELECT coalesce(bool_and(known.id = known.guessed), true) INTO fine FROM known;
    RETURN fine;
END
$$;
COMMENT ON FUNCTION scim.import_lean(text, uuid, bigint) IS
    'Settles those managers of the last batch, from this line on, who came with the batch before, which was not in yet when this one began; false: one of them is not who was thought, and this transaction must not be committed.';

CREATE OR REPLACE FUNCTION scim.import_managers(of_org text, of_run uuid, most bigint)
    RETURNS TABLE (line bigint, resource_type text, action text, id uuid, subject text, reason text, arguments text[],
        resource jsonb, before jsonb)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    enterprise CONSTANT text := 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
BEGIN
    -- Nothing but the manager changes, so nothing else need be looked at.
    PERFORM set_config('scim.checked', 'on', true);
    RETURN QUERY
    WITH waiting AS MATERIALIZED (
        SELECT matches.org, matches.run, matches.id, matches.line, matches.manager
          FROM scim.import_matches AS matches
         WHERE matches.org = of_org AND matches.run = of_run AND matches.manager IS NOT NULL
         ORDER BY matches.line
         LIMIT most
    ), wanted AS MATERIALIZED (
        SELECT waiting.org, waiting.run, waiting.id, waiting.line,
               coalesce((SELECT named.id
                           FROM scim.import_referenced(waiting.org, waiting.run, 'User', waiting.manager) AS named)::text,
                   waiting.manager) AS manager
          FROM waiting
    ), settled AS (
        -- They are the first in the index, up to a line: no join can go wrong.
        UPDATE scim.import_matches AS matches
           SET manager = NULL
         WHERE matches.org = of_org AND matches.run = of_run AND matches.manager IS NOT NULL
           AND matches.line <= (SELECT max(waiting.line) FROM waiting)
    ), people AS MATERIALIZED (
        SELECT wanted.*, person.resource AS was, person.resource ->> 'userName' AS subject,
               scim.user_resource_trimmed(person.resource || jsonb_build_object(enterprise,
                   coalesce(person.resource -> enterprise, '{}')
                       || jsonb_build_object('manager', jsonb_build_object('value', wanted.manager)))) AS becomes
          FROM wanted
         CROSS JOIN LATERAL (SELECT resource FROM scim.users AS person
                              WHERE person.org = wanted.org AND person.id = wanted.id AND NOT person.protected
                                AND person.manager_id IS DISTINCT FROM wanted.manager LIMIT 1) AS person
    ), changed AS MATERIALIZED (
        SELECT updated.id
          FROM (SELECT array_agg(people.id ORDER BY people.id) AS ids,
                       array_agg(people.becomes ORDER BY people.id) AS resources,
                       array_agg(people.was ORDER BY people.id) AS befores
                  FROM people) AS together
         CROSS JOIN LATERAL scim.import_update(of_org, together.ids, together.resources, together.befores) AS updated (id)
    ), logged AS (
        -- As scim.log_done does it for one.
        INSERT INTO scim.request_log (org, request_id, address, agent, action, resource_type, resource_id,
                subject, subject_key, email_key, external_id, result, status)
        SELECT of_org, 'import-' || pg_current_xact_id(), host(inet_client_addr()), current_setting('application_name'),
               'update', 'User', people.id, people.subject, scim.log_key(people.subject),
               CASE WHEN email <> people.subject THEN nullif(scim.log_key(email), scim.log_key(people.subject)) END,
               nullif(people.becomes ->> 'externalId', people.subject), 'done', 200
          FROM people
          JOIN changed ON changed.id = people.id
         CROSS JOIN LATERAL (SELECT scim.primary_email(people.becomes) AS email OFFSET 0) AS facts
    )
    SELECT people.line, 'User', 'manager', people.id, people.subject, NULL::text, NULL::text[],
           people.becomes, people.was
      FROM people
      JOIN changed ON changed.id = people.id
     ORDER BY people.line;
    PERFORM set_config('scim.checked', '', true);
END
$$;
COMMENT ON FUNCTION scim.import_managers(text, uuid, bigint) IS
    'Settles managers who were not known when their reports came in; who is nobody stays as it was said. A row for each person changed.';

