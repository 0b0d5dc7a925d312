-- Import: the records of scim.import_staging become people and groups, many at
-- a time, by the rules of scim.create_person and scim.change_person.
--
-- One set-based statement does what is usual; what is not (somebody comes
-- back, a userName moves, a row that another session changed meanwhile) goes
-- one by one through those functions. What must not be is an answer, never an
-- error: of many records that cannot be stored only those few are refused.
--
-- Lookups have LIMIT and functions that look up have plans of their own for
-- each batch, without reading whole tables: a plan that was made while tables
-- were empty must not last while they grow.

SET LOCAL client_min_messages = warning;

CREATE OR REPLACE FUNCTION scim.import_settings(of_org text) RETURNS scim.organization_settings
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    settings scim.organization_settings;
BEGIN
    SELECT * INTO settings FROM scim.organization_settings WHERE org = of_org;
    -- The switches are about what an identity provider may do.
    settings.provisioning := true;
    settings.create_users := true;
    settings.update_users := true;
    settings.deactivate_users := true;
    RETURN settings;
END
$$;
COMMENT ON FUNCTION scim.import_settings(text) IS
    'The settings that an import obeys: all but the switches for identity providers.';

CREATE OR REPLACE FUNCTION scim.import_lock(of_org text, patience interval DEFAULT '0') RETURNS boolean
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    give_up CONSTANT timestamptz := clock_timestamp() + patience;
BEGIN
    WHILE NOT pg_try_advisory_lock(hashtextextended('scim import ' || of_org, 0)) LOOP
        IF clock_timestamp() >= give_up THEN
            RETURN false;
        END IF;
        PERFORM pg_sleep(0.05);
    END LOOP;
    RETURN true;
END
$$;
COMMENT ON FUNCTION scim.import_lock(text, interval) IS
    'Lets this session, and no other, import into the organization until it ends; false: another one does, for longer than patience.';

-- What a record says ---------------------------------------------------------

CREATE OR REPLACE FUNCTION scim.import_merged(before jsonb, stated jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    part text;
    merged jsonb := before || stated;
BEGIN
    FOREACH part IN ARRAY '{name,urn:ietf:params:scim:schemas:extension:enterprise:2.0:User}'::text[] LOOP
        IF jsonb_typeof(before -> part) = 'object' AND jsonb_typeof(stated -> part) = 'object' THEN
            merged := merged || jsonb_build_object(part, (before -> part) || (stated -> part));
        END IF;
    END LOOP;
    RETURN merged;
END
$$;
COMMENT ON FUNCTION scim.import_merged(jsonb, jsonb) IS
    'The resource with what a record states; what it does not name stays, also within name and the enterprise extension. Nulls are still in it.';

CREATE OR REPLACE FUNCTION scim.import_changes(before jsonb, after jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH flat AS (
        SELECT side, CASE WHEN jsonb_typeof(top.value) = 'object' THEN
                               CASE WHEN top.key ~ ':' THEN '' ELSE top.key || '.' END || part.key
                          ELSE top.key END AS attribute,
               CASE WHEN jsonb_typeof(top.value) = 'object' THEN part.value ELSE top.value END AS value
          FROM (VALUES (1, $1), (2, $2)) AS sides (side, resource)
         CROSS JOIN LATERAL jsonb_each(coalesce(resource, '{}') - 'schemas') AS top
          LEFT JOIN LATERAL jsonb_each(CASE WHEN jsonb_typeof(top.value) = 'object' THEN top.value ELSE '{"": null}' END)
                 AS part ON true
    )
    SELECT jsonb_object_agg(attribute, jsonb_build_array(was, becomes))
      FROM (SELECT attribute,
                   (array_agg(value) FILTER (WHERE side = 1))[1] AS was,
                   (array_agg(value) FILTER (WHERE side = 2))[1] AS becomes
              FROM flat
             GROUP BY attribute) AS attributes
     WHERE was IS DISTINCT FROM becomes
$$;
COMMENT ON FUNCTION scim.import_changes(jsonb, jsonb) IS
    'What differs between two resources: an object of attributes, each with what it was and what it becomes.';

-- Whom it means --------------------------------------------------------------

CREATE OR REPLACE FUNCTION scim.import_id(name text) RETURNS uuid
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
    SELECT CASE WHEN $1 ~ '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' THEN $1::pg_catalog.uuid END
$$;
COMMENT ON FUNCTION scim.import_id(text) IS 'The name as an id, if it has the form of ours.';

-- These are put into the statements that use them (no SET, one SELECT), and
-- planned with them. OFFSET 0 hides from the planner which organization it is:
-- one that the statistics do not know yet would look as if it had no rows, and
-- then any index that starts with org is as good as the right one.
CREATE OR REPLACE FUNCTION scim.import_person_called(of_org text, name text) RETURNS TABLE (id uuid)
    LANGUAGE sql STABLE
AS $$
    SELECT coalesce(
        (SELECT person.id FROM scim.users AS person
          WHERE person.org = asked.org AND person.user_name_key = scim.fold(asked.name) LIMIT 1),
        (SELECT CASE WHEN pg_catalog.count(*) = 1 THEN (pg_catalog.array_agg(known.id))[1] END
           FROM (SELECT person.id FROM scim.users AS person
                  WHERE person.org = asked.org AND person.external_id = asked.name LIMIT 2) AS known),
        (SELECT person.id FROM scim.users AS person
          WHERE person.org = asked.org AND person.id = scim.import_id(asked.name) LIMIT 1))
      FROM (SELECT $1 AS org, $2 AS name OFFSET 0) AS asked
$$;
COMMENT ON FUNCTION scim.import_person_called(text, text) IS
    'The person of this userName, else the only one of this externalId, else of this id; NULL: there is none.';

CREATE OR REPLACE FUNCTION scim.import_group_called(of_org text, name text) RETURNS TABLE (id uuid)
    LANGUAGE sql STABLE
AS $$
    SELECT coalesce(
        (SELECT CASE WHEN pg_catalog.count(*) = 1 THEN (pg_catalog.array_agg(known.id))[1] END
           FROM (SELECT team.id FROM scim.groups AS team
                  WHERE team.org = asked.org AND team.external_id = asked.name LIMIT 2) AS known),
        (SELECT CASE WHEN pg_catalog.count(*) = 1 THEN (pg_catalog.array_agg(known.id))[1] END
           FROM (SELECT team.id FROM scim.groups AS team
                  WHERE team.org = asked.org AND team.display_name_key = scim.fold(asked.name) LIMIT 2) AS known),
        (SELECT team.id FROM scim.groups AS team
          WHERE team.org = asked.org AND team.id = scim.import_id(asked.name) LIMIT 1))
      FROM (SELECT $1 AS org, $2 AS name OFFSET 0) AS asked
$$;
COMMENT ON FUNCTION scim.import_group_called(text, text) IS
    'The only group of this externalId, else of this displayName, else of this id; NULL: there is none.';

CREATE OR REPLACE FUNCTION scim.import_referenced(of_org text, of_run uuid, type text, name text) RETURNS TABLE (id uuid)
    LANGUAGE sql STABLE
AS $$
    SELECT coalesce(
        (SELECT matches.id FROM scim.import_matches AS matches
          WHERE matches.org = asked.org AND matches.run = asked.run AND matches.reference = asked.name
            AND matches.resource_type = $3
          LIMIT 1),
        CASE $3 WHEN 'User' THEN (SELECT called.id FROM scim.import_person_called(asked.org, asked.name) AS called)
                ELSE (SELECT called.id FROM scim.import_group_called(asked.org, asked.name) AS called) END)
      FROM (SELECT $1 AS org, $2 AS run, $4 AS name OFFSET 0) AS asked
$$;
COMMENT ON FUNCTION scim.import_referenced(text, uuid, text, text) IS
    'Whom the records of an import mean by a name: one of themselves by reference, else who is here; NULL: nobody.';

CREATE OR REPLACE FUNCTION scim.import_members_named(of_org text, of_run uuid, members jsonb)
    RETURNS TABLE (place bigint, name text, id uuid)
    LANGUAGE sql STABLE
AS $$
    SELECT listed.place, listed.name,
           coalesce(CASE WHEN listed.type IS DISTINCT FROM 'Group'
                         THEN (SELECT meant.id FROM scim.import_referenced($1, $2, 'User', listed.name) AS meant
                                WHERE NOT EXISTS (SELECT FROM scim.users AS gone
                                                   WHERE gone.org = $1 AND gone.id = meant.id AND gone.removed)) END,
                    CASE WHEN listed.type IS DISTINCT FROM 'User'
                         THEN (SELECT meant.id FROM scim.import_referenced($1, $2, 'Group', listed.name) AS meant) END)
      FROM (SELECT member.place, member.value ->> 'type' AS type,
                   coalesce(member.value ->> 'value', member.value #>> '{}') AS name
              FROM pg_catalog.jsonb_array_elements(CASE pg_catalog.jsonb_typeof($3) WHEN 'array' THEN $3 ELSE '[]' END)
                   WITH ORDINALITY AS member (value, place)) AS listed
$$;
COMMENT ON FUNCTION scim.import_members_named(text, uuid, jsonb) IS
    'Whom the members of a record mean; id NULL: nobody, or somebody who was removed and can be in no group.';

CREATE OR REPLACE FUNCTION scim.import_team_called(of_org text, name text) RETURNS TABLE (id uuid)
    LANGUAGE sql STABLE
AS $$
    SELECT (SELECT team.id FROM scim.groups AS team
             WHERE team.org = asked.org AND team.display_name_key = scim.fold(asked.name)
             ORDER BY team.created, team.id LIMIT 1)
      FROM (SELECT $1 AS org, $2 AS name OFFSET 0) AS asked
$$;
COMMENT ON FUNCTION scim.import_team_called(text, text) IS
    'The group of this displayName, the oldest of several; NULL: there is none.';

CREATE OR REPLACE FUNCTION scim.import_plan(of_org text, of_run uuid, match text, first_line bigint, last_line bigint,
        settings scim.organization_settings)
    RETURNS TABLE (line bigint, action text, id uuid, resource jsonb, before jsonb, was_active boolean, subject text,
        reason text, arguments text[], reference text, manager text, groups text[], said jsonb)
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
                    WHEN match = 'email' THEN scim.fold(scim.primary_email(staged.resource)) END AS other_key
          FROM scim.import_staging AS staged
         WHERE staged.org = of_org AND staged.run = of_run AND staged.resource_type = 'User'
           AND staged.line BETWEEN first_line AND last_line
    ), known AS MATERIALIZED (
        SELECT keys.*,
               min(keys.line) OVER (PARTITION BY keys.name_key) AS first_of_name,
               min(keys.line) OVER (PARTITION BY keys.other_key) AS first_of_other,
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
           coalesce(found_id, gen_random_uuid()), becomes, (person.person).resource, (person.person).active,
           coalesce(staged.resource ->> 'userName', staged.resource ->> 'externalId', staged.resource ->> 'displayName'),
           refusal.reason, refusal.arguments, staged.reference,
           CASE WHEN meant.manager_id IS NULL THEN meant.manager END, staged.groups, stated.said
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
                    -- A manager who is not known yet is settled when everybody is in.
                    WHEN (person.person).manager_id IS NOT NULL THEN staged.resource #- ARRAY[enterprise, 'manager']
                    ELSE staged.resource END AS said
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
COMMENT ON FUNCTION scim.import_plan(text, uuid, text, bigint, bigint, scim.organization_settings) IS
    'What is to become of the people among the staged lines: create, update, same, refused, or alone: to be looked at one by one.';

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

CREATE OR REPLACE FUNCTION scim.import_people_at_once(of_org text, of_run uuid, match text, first_line bigint, last_line bigint)
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
        SELECT * FROM scim.import_plan(of_org, of_run, match, first_line, last_line, settings)
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
         WHERE plan.action = 'create'
         ORDER BY plan.line
            ON CONFLICT ON CONSTRAINT users_user_name_key DO NOTHING
        RETURNING person.id
    ), changed AS (
        SELECT updated.id
          FROM (SELECT array_agg(plan.id ORDER BY plan.id) AS ids,
                       array_agg(plan.resource ORDER BY plan.id) AS resources,
                       array_agg(plan.before ORDER BY plan.id) AS befores
                  FROM plan WHERE plan.action = 'update') AS wanted
         CROSS JOIN LATERAL scim.import_update(of_org, wanted.ids, wanted.resources, wanted.befores) AS updated (id)
    ), done AS MATERIALIZED (
        SELECT plan.line,
               -- Somebody else was faster.
               CASE WHEN plan.action = 'create' AND made.id IS NULL
                      OR plan.action = 'update' AND changed.id IS NULL THEN 'alone'
                    ELSE plan.action END AS action,
               plan.id, plan.resource, plan.before, plan.was_active, plan.subject, plan.reason, plan.arguments,
               plan.reference, plan.manager, plan.groups, plan.said
          FROM plan
          LEFT JOIN made ON made.id = plan.id
          LEFT JOIN changed ON changed.id = plan.id
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
      FROM done;
    PERFORM set_config('scim.importing', '', true);
    PERFORM set_config('scim.checked', '', true);
END
$$;
COMMENT ON FUNCTION scim.import_people_at_once(text, uuid, text, bigint, bigint) IS
    'Imports the people among the staged lines by one statement, with their log; a row for each. action alone: not done yet.';

CREATE OR REPLACE FUNCTION scim.import_people_surely(of_org text, of_run uuid, match text, first_line bigint, last_line bigint)
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
        RETURN QUERY SELECT * FROM scim.import_people_at_once(of_org, of_run, match, first_line, last_line);
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
        RETURN QUERY SELECT * FROM scim.import_people_surely(of_org, of_run, match, first_line, lines[middle]);
        RETURN QUERY SELECT * FROM scim.import_people_surely(of_org, of_run, match, lines[middle + 1], last_line);
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
COMMENT ON FUNCTION scim.import_people_surely(text, uuid, text, bigint, bigint) IS
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

CREATE OR REPLACE FUNCTION scim.import_people(of_org text, of_run uuid, match text, first_line bigint, last_line bigint)
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
    FOR one IN SELECT * FROM scim.import_people_surely(of_org, of_run, match, first_line, last_line) AS done
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
COMMENT ON FUNCTION scim.import_people(text, uuid, text, bigint, bigint) IS
    'Imports the people among the staged lines; a row for each, in their order.';

CREATE OR REPLACE FUNCTION scim.import_managers(of_org text, of_run uuid, most bigint)
    RETURNS TABLE (line bigint, resource_type text, action text, id uuid, subject text, reason text, arguments text[],
        resource jsonb, before jsonb)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    enterprise CONSTANT text := 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
BEGIN
    RETURN QUERY
    WITH waiting AS MATERIALIZED (
        SELECT matches.ctid AS place, matches.org, matches.run, matches.id, matches.line, matches.manager
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
        -- By their places: nobody else writes them, and no join can go wrong.
        UPDATE scim.import_matches AS matches
           SET manager = NULL
         WHERE matches.ctid = ANY (ARRAY(SELECT waiting.place FROM waiting))
           AND matches.org = of_org AND matches.run = of_run
    ), people AS MATERIALIZED (
        SELECT wanted.*, person.resource AS was,
               scim.user_resource_trimmed(scim.jsonb_put(
                   scim.jsonb_put(person.resource, ARRAY[enterprise, 'manager'], NULL),
                   ARRAY[enterprise, 'manager', 'value'], to_jsonb(wanted.manager))) AS becomes
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
        SELECT count(scim.log_done(of_org, 'update', 'User', people.id, people.becomes ->> 'userName',
                         scim.primary_email(people.becomes), people.becomes ->> 'externalId', 200)::text) AS number
          FROM people
          JOIN changed ON changed.id = people.id
    )
    SELECT people.line, 'User', 'manager', people.id, people.becomes ->> 'userName', NULL::text, NULL::text[],
           people.becomes, people.was
      FROM logged
     CROSS JOIN people
      JOIN changed ON changed.id = people.id
     WHERE logged.number IS NOT NULL
     ORDER BY people.line;
END
$$;
COMMENT ON FUNCTION scim.import_managers(text, uuid, bigint) IS
    'Settles managers who were not known when their reports came in; who is nobody stays as it was said. A row for each person changed.';

-- Groups ---------------------------------------------------------------------

CREATE OR REPLACE FUNCTION scim.import_unknown_member(of_org text, of_run uuid, new_resource jsonb) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off
AS $$
BEGIN
    IF jsonb_typeof(new_resource -> 'members') IS DISTINCT FROM 'array' THEN
        RETURN NULL;
    END IF;
    RETURN (SELECT member.name
              FROM scim.import_members_named(of_org, of_run, new_resource -> 'members') AS member
             WHERE member.id IS NULL
               -- Groups may stand in any order. Mostly they are named by reference, which an index knows.
               AND NOT EXISTS (SELECT FROM scim.import_staging AS staged
                                WHERE staged.org = of_org AND staged.run = of_run AND staged.resource_type = 'Group'
                                  AND staged.reference = member.name)
               AND NOT EXISTS (SELECT FROM scim.import_staging AS staged
                                WHERE staged.org = of_org AND staged.run = of_run AND staged.resource_type = 'Group'
                                  AND staged.id IS NULL
                                  AND (staged.resource ->> 'externalId' = member.name
                                       OR scim.fold(staged.resource ->> 'displayName') = scim.fold(member.name)))
             ORDER BY member.place
             LIMIT 1);
END
$$;
COMMENT ON FUNCTION scim.import_unknown_member(text, uuid, jsonb) IS
    'The first member of a group who is neither here nor among the records; NULL: all are.';

CREATE OR REPLACE FUNCTION scim.import_names_itself(of_org text, of_run uuid, of_group uuid, new_resource jsonb) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF jsonb_typeof(new_resource -> 'members') IS DISTINCT FROM 'array' THEN
        RETURN false;
    END IF;
    -- A group that is new has no id yet: nobody else is called so.
    RETURN EXISTS (SELECT FROM scim.import_members_named(of_org, of_run, new_resource -> 'members') AS member
                    WHERE member.id = of_group
                       OR member.id IS NULL AND of_group IS NULL
                          AND (member.name = new_resource ->> 'externalId'
                               OR scim.fold(member.name) = scim.fold(new_resource ->> 'displayName')));
END
$$;
COMMENT ON FUNCTION scim.import_names_itself(text, uuid, uuid, jsonb) IS
    'Is the group of a record among its own members?';

CREATE OR REPLACE FUNCTION scim.import_group_refusal(of_org text, of_run uuid, of_group uuid, new_resource jsonb,
        OUT reason text, OUT arguments text[])
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    name CONSTANT text := coalesce(scim.fold(new_resource ->> 'displayName'), '');
    found_name text;
BEGIN
    IF jsonb_typeof(new_resource) <> 'object'
            OR coalesce(jsonb_typeof(new_resource -> 'displayName'), 'string') <> 'string'
            OR coalesce(jsonb_typeof(new_resource -> 'externalId'), 'string') NOT IN ('string', 'null')
            OR coalesce(jsonb_typeof(new_resource -> 'members'), 'array') NOT IN ('array', 'null') THEN
        reason := 'import.unusable';
        arguments := '{"A group is a JSON object; displayName and externalId are strings, members is an array."}';
    ELSIF btrim(name) = '' AND (of_group IS NULL OR new_resource ? 'displayName') THEN
        reason := 'attr.required';
        arguments := '{displayName}';
    ELSIF octet_length(name) > 1024 OR octet_length(new_resource ->> 'externalId') > 1024 THEN
        reason := 'attr.too_long';
        arguments := ARRAY[CASE WHEN octet_length(name) > 1024 THEN 'displayName' ELSE 'externalId' END, '1024'];
    ELSE
        found_name := coalesce((SELECT display_name FROM scim.groups WHERE org = of_org AND id = of_group AND protected),
            scim.protected_group_above(of_org, of_group));
        IF found_name IS NOT NULL THEN
            reason := 'resource.protected';
            arguments := ARRAY['group', found_name];
        END IF;
    END IF;
    IF reason IS NULL THEN
        found_name := scim.import_unknown_member(of_org, of_run, new_resource);
        IF found_name IS NOT NULL THEN
            reason := 'group.unknown_member';
            arguments := ARRAY[found_name];
        ELSIF scim.import_names_itself(of_org, of_run, of_group, new_resource) THEN
            reason := 'group.own_member';
            arguments := ARRAY[new_resource ->> 'displayName'];
        END IF;
    END IF;
END
$$;
COMMENT ON FUNCTION scim.import_group_refusal(text, uuid, uuid, jsonb) IS
    'Why the record of a group cannot be imported; of_group: the group that it means, or NULL for a new one. reason NULL: it can.';

CREATE OR REPLACE FUNCTION scim.import_group_written(of_org text, group_id uuid, new_resource jsonb, OUT action text, OUT id uuid)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off
AS $$
#variable_conflict use_variable
DECLARE
    name CONSTANT text := new_resource ->> 'displayName';
    other_id CONSTANT text := nullif(new_resource ->> 'externalId', '');
BEGIN
    IF group_id IS NULL THEN
        id := gen_random_uuid();
        action := 'create';
        INSERT INTO scim.groups (org, id, display_name, external_id) VALUES (of_org, id, name, other_id);
        RETURN;
    END IF;
    id := group_id;
    PERFORM FROM scim.groups AS team WHERE team.org = of_org AND team.id = group_id FOR NO KEY UPDATE;
    UPDATE scim.groups AS team
       SET display_name = coalesce(name, team.display_name),
           external_id = CASE WHEN new_resource ? 'externalId' THEN other_id ELSE team.external_id END
     WHERE team.org = of_org AND team.id = group_id
       AND (team.display_name <> name
            OR new_resource ? 'externalId' AND team.external_id IS DISTINCT FROM other_id);
    action := CASE WHEN FOUND THEN 'update' ELSE 'same' END;
END
$$;
COMMENT ON FUNCTION scim.import_group_written(text, uuid, jsonb) IS
    'Makes a group (group_id NULL), or gives it the names that a record says; its members come later.';

CREATE OR REPLACE FUNCTION scim.import_group(of_org text, of_run uuid, staged_line bigint,
        OUT action text, OUT id uuid, OUT reason text, OUT arguments text[])
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off
AS $$
#variable_conflict use_variable
DECLARE
    staged scim.import_staging;
    meant uuid;
    earlier bigint;
BEGIN
    SELECT * INTO staged FROM scim.import_staging AS waiting
     WHERE waiting.org = of_org AND waiting.run = of_run AND waiting.line = staged_line;
    SELECT coalesce(by_id.id, by_name.id) INTO meant
      FROM scim.import_group_called(of_org, nullif(staged.resource ->> 'externalId', '')) AS by_id,
           scim.import_group_called(of_org, staged.resource ->> 'displayName') AS by_name;
    SELECT matches.line INTO earlier FROM scim.import_matches AS matches
     WHERE matches.org = of_org AND matches.run = of_run AND matches.resource_type = 'Group' AND matches.id = meant;
    IF earlier IS NOT NULL THEN
        reason := 'import.twice';
        arguments := ARRAY[staged.resource ->> 'displayName', earlier::text];
    ELSE
        SELECT refusal.reason, refusal.arguments INTO reason, arguments
          FROM scim.import_group_refusal(of_org, of_run, meant, staged.resource) AS refusal;
    END IF;
    id := meant;
    action := 'refused';
    IF reason IS NOT NULL THEN
        RETURN;
    END IF;
    SELECT written.action, written.id INTO action, id
      FROM scim.import_group_written(of_org, meant, staged.resource) AS written;
    INSERT INTO scim.import_matches (org, run, resource_type, id, line, reference)
    VALUES (of_org, of_run, 'Group', id, staged_line, staged.reference);
    UPDATE scim.import_staging AS waiting
       SET id = import_group.id, action = import_group.action
     WHERE waiting.org = of_org AND waiting.run = of_run AND waiting.line = staged_line;
EXCEPTION WHEN integrity_constraint_violation OR data_exception OR program_limit_exceeded OR raise_exception THEN
    action := 'refused';
    reason := 'import.unusable';
    arguments := ARRAY[SQLERRM];
END
$$;
COMMENT ON FUNCTION scim.import_group(text, uuid, bigint) IS
    'Makes or renames the group of a staged line, or refuses it.';

CREATE OR REPLACE FUNCTION scim.import_log_group(of_org text, group_id uuid, action text) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM scim.log_done(of_org, action, 'Group', team.id, team.display_name, NULL, team.external_id,
                CASE action WHEN 'create' THEN 201 ELSE 200 END,
                CASE WHEN team.hidden THEN 'group.not_synced' END,
                CASE WHEN team.hidden THEN ARRAY[team.display_name] END)
       FROM scim.groups AS team
      WHERE team.org = of_org AND team.id = group_id;
END
$$;
COMMENT ON FUNCTION scim.import_log_group(text, uuid, text) IS 'Writes the row of request_log for a group that was imported.';

CREATE OR REPLACE FUNCTION scim.import_groups(of_org text, of_run uuid, most bigint)
    RETURNS TABLE (line bigint, resource_type text, action text, id uuid, subject text, reason text, arguments text[],
        resource jsonb, before jsonb)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    staged record;
    done record;
BEGIN
    FOR staged IN
        SELECT waiting.line, waiting.resource
          FROM scim.import_staging AS waiting
         WHERE waiting.org = of_org AND waiting.run = of_run AND waiting.resource_type = 'Group' AND waiting.id IS NULL
         ORDER BY waiting.line
         LIMIT most
    LOOP
        SELECT * INTO done FROM scim.import_group(of_org, of_run, staged.line);
        IF done.action = 'refused' THEN
            DELETE FROM scim.import_staging AS waiting
             WHERE waiting.org = of_org AND waiting.run = of_run AND waiting.line = staged.line;
            PERFORM scim.import_log_refused(of_org, 'Group', done.id, staged.resource, done.reason, done.arguments);
            RETURN QUERY SELECT staged.line, 'Group', done.action, done.id, staged.resource ->> 'displayName',
                                done.reason, done.arguments, NULL::jsonb, NULL::jsonb;
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION scim.import_groups(text, uuid, bigint) IS
    'Makes and renames the groups of so many staged records; a row for each that is refused. The others go on to scim.import_members.';

CREATE OR REPLACE FUNCTION scim.import_members_of(of_org text, of_group uuid, wanted uuid[], OUT added bigint, OUT removed bigint)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off
AS $$
BEGIN
    DELETE FROM scim.group_members AS member
     WHERE member.org = of_org AND member.group_id = of_group
       AND NOT EXISTS (SELECT FROM unnest(wanted) AS kept (id) WHERE kept.id = member.member_id);
    GET DIAGNOSTICS removed = ROW_COUNT;
    SELECT made.added INTO added FROM scim.add_group_members(of_org, of_group, array_remove(wanted, of_group)) AS made;
END
$$;
COMMENT ON FUNCTION scim.import_members_of(text, uuid, uuid[]) IS
    'Makes the members of a group exactly these, by what differs.';

CREATE OR REPLACE FUNCTION scim.import_members(of_org text, of_run uuid, most bigint)
    RETURNS TABLE (line bigint, resource_type text, action text, id uuid, subject text, reason text, arguments text[],
        resource jsonb, before jsonb)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    one record;
    came bigint;
    went bigint;
    wanted uuid[];
    unknown text;
BEGIN
    resource_type := 'Group';
    FOR one IN
        SELECT staged.line, staged.resource, staged.id, staged.action
          FROM scim.import_staging AS staged
         WHERE staged.org = of_org AND staged.run = of_run AND staged.resource_type = 'Group' AND staged.id IS NOT NULL
         ORDER BY staged.id
         LIMIT most
    LOOP
        came := 0;
        went := 0;
        unknown := NULL;
        IF one.resource ? 'members' THEN
            SELECT array_agg(found.id) FILTER (WHERE found.id IS NOT NULL),
                   min(found.name) FILTER (WHERE found.id IS NULL)
              INTO wanted, unknown
              FROM scim.import_members_named(of_org, of_run, one.resource -> 'members') AS found;
            SELECT added, removed INTO came, went FROM scim.import_members_of(of_org, one.id, wanted);
        END IF;
        DELETE FROM scim.import_staging AS staged
         WHERE staged.org = of_org AND staged.run = of_run AND staged.line = one.line;
        line := one.line;
        action := CASE WHEN one.action = 'same' AND came + went > 0 THEN 'update' ELSE one.action END;
        id := one.id;
        subject := one.resource ->> 'displayName';
        reason := NULL;
        arguments := NULL;
        resource := jsonb_build_object('added', came, 'removed', went);
        IF action <> 'same' THEN
            PERFORM scim.import_log_group(of_org, one.id, action);
        END IF;
        RETURN NEXT;
        IF unknown IS NOT NULL THEN
            -- A group that was to be a member was refused meanwhile.
            action := 'refused';
            reason := 'group.unknown_member';
            arguments := ARRAY[unknown];
            RETURN NEXT;
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION scim.import_members(text, uuid, bigint) IS
    'Gives the groups of so many staged records the members that these name, and is done with the records; a row for each. resource: how many members were added and removed.';

-- Groups that people name ----------------------------------------------------

CREATE OR REPLACE FUNCTION scim.import_team_names(of_org text, of_run uuid, people uuid[])
    RETURNS TABLE (person_id uuid, line bigint, name text, group_id uuid)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT matches.id, matches.line, btrim(names.name),
           (SELECT called.id FROM scim.import_team_called(of_org, btrim(names.name)) AS called)
      FROM (SELECT of_org AS org, of_run AS run, id FROM unnest(people) AS id OFFSET 0) AS listed
     CROSS JOIN LATERAL (SELECT id, line, groups FROM scim.import_matches AS matches
                          WHERE matches.org = listed.org AND matches.run = listed.run
                            AND matches.resource_type = 'User' AND matches.id = listed.id LIMIT 1) AS matches
     CROSS JOIN LATERAL unnest(matches.groups) AS names (name)
     WHERE btrim(names.name) <> '';
END
$$;
COMMENT ON FUNCTION scim.import_team_names(text, uuid, uuid[]) IS
    'The groups that the records of these people name; group_id NULL: there is no such group.';

CREATE OR REPLACE FUNCTION scim.import_missing_teams(of_org text, of_run uuid, people uuid[])
    RETURNS TABLE (line bigint, resource_type text, action text, id uuid, subject text, reason text, arguments text[],
        resource jsonb, before jsonb)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    team record;
BEGIN
    resource_type := 'Group';
    FOR team IN
        SELECT (array_agg(named.name ORDER BY named.line))[1] AS name, min(named.line) AS line
          FROM scim.import_team_names(of_org, of_run, people) AS named
         WHERE named.group_id IS NULL
         GROUP BY scim.fold(named.name)
         ORDER BY 2
    LOOP
        line := team.line;
        subject := team.name;
        reason := NULL;
        arguments := NULL;
        BEGIN
            SELECT written.action, written.id INTO action, id
              FROM scim.import_group_written(of_org, NULL, jsonb_build_object('displayName', team.name)) AS written;
            PERFORM scim.import_log_group(of_org, import_missing_teams.id, 'create');
        EXCEPTION WHEN integrity_constraint_violation OR program_limit_exceeded THEN
            action := 'refused';
            reason := 'import.unusable';
            arguments := ARRAY[SQLERRM];
        END;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION scim.import_missing_teams(text, uuid, uuid[]) IS
    'Makes the groups that the records of these people name and that are not there; a row for each.';

CREATE OR REPLACE FUNCTION scim.import_teams(of_org text, of_run uuid, most bigint)
    RETURNS TABLE (line bigint, resource_type text, action text, id uuid, subject text, reason text, arguments text[],
        resource jsonb, before jsonb)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    people uuid[];
    places tid[];
    gone record;
    team record;
    guarded text;
BEGIN
    SELECT array_agg(waiting.id), array_agg(waiting.ctid) INTO people, places
      FROM (SELECT matches.id, matches.ctid FROM scim.import_matches AS matches
             WHERE matches.org = of_org AND matches.run = of_run AND matches.groups IS NOT NULL
             ORDER BY matches.line
             LIMIT most) AS waiting;
    -- Who was removed can be in no group.
    resource_type := 'User';
    action := 'refused';
    reason := 'group.unknown_member';
    FOR gone IN
        SELECT matches.line, matches.id, person.user_name
          FROM scim.import_matches AS matches
         CROSS JOIN LATERAL (SELECT user_name, removed FROM scim.users AS known
                              WHERE known.org = of_org AND known.id = matches.id LIMIT 1) AS person
         WHERE matches.ctid = ANY (places) AND matches.org = of_org AND matches.run = of_run
           AND person.removed AND cardinality(matches.groups) > 0
         ORDER BY matches.line
    LOOP
        people := array_remove(people, gone.id);
        line := gone.line;
        id := gone.id;
        subject := gone.user_name;
        arguments := ARRAY[gone.user_name];
        RETURN NEXT;
    END LOOP;
    line := NULL;
    RETURN QUERY SELECT * FROM scim.import_missing_teams(of_org, of_run, people);
    resource_type := 'Group';
    FOR team IN
        WITH wanted AS MATERIALIZED (
            SELECT DISTINCT named.group_id, named.person_id
              FROM scim.import_team_names(of_org, of_run, people) AS named
             WHERE named.group_id IS NOT NULL
        ), present AS MATERIALIZED (
            SELECT member.group_id, member.user_id AS person_id
              FROM (SELECT of_org AS org, id FROM unnest(people) AS id OFFSET 0) AS listed
             CROSS JOIN LATERAL (SELECT group_id, user_id FROM scim.group_members AS member
                                  WHERE member.org = listed.org AND member.user_id = listed.id
                                 OFFSET 0) AS member
        )
        SELECT group_id AS id,
               coalesce(array_agg(wanted.person_id) FILTER (WHERE present.person_id IS NULL), '{}') AS comes,
               coalesce(array_agg(present.person_id) FILTER (WHERE wanted.person_id IS NULL), '{}') AS leaves
          FROM wanted
          FULL JOIN present USING (group_id, person_id)
         WHERE wanted.person_id IS NULL OR present.person_id IS NULL
         GROUP BY group_id
         ORDER BY group_id
    LOOP
        SELECT known.display_name, CASE WHEN known.protected THEN known.display_name
                                        ELSE scim.protected_group_above(of_org, known.id) END
          INTO subject, guarded
          FROM scim.groups AS known
         WHERE known.org = of_org AND known.id = team.id
           FOR NO KEY UPDATE OF known;
        id := team.id;
        reason := CASE WHEN guarded IS NOT NULL THEN 'resource.protected' END;
        arguments := CASE WHEN guarded IS NOT NULL THEN ARRAY['group', guarded] END;
        action := CASE WHEN guarded IS NULL THEN 'members' ELSE 'refused' END;
        resource := jsonb_build_object('added', cardinality(team.comes), 'removed', cardinality(team.leaves));
        IF guarded IS NULL THEN
            DELETE FROM scim.group_members AS member
             WHERE member.org = of_org AND member.group_id = team.id AND member.member_id = ANY (team.leaves);
            INSERT INTO scim.group_members (org, group_id, member_id)
            SELECT of_org, team.id, comes.id FROM unnest(team.comes) AS comes (id) ORDER BY comes.id
                ON CONFLICT DO NOTHING;
            PERFORM scim.import_log_group(of_org, team.id, 'update');
        END IF;
        RETURN NEXT;
    END LOOP;
    UPDATE scim.import_matches AS matches
       SET groups = NULL
     WHERE matches.ctid = ANY (places) AND matches.org = of_org AND matches.run = of_run;
END
$$;
COMMENT ON FUNCTION scim.import_teams(text, uuid, bigint) IS
    'Puts so many people into the groups that their records name, and out of all others; makes groups that are missing. A row for each group that changed.';

-- The whole ------------------------------------------------------------------

CREATE OR REPLACE FUNCTION scim.import_step(of_org text, of_run uuid)
    RETURNS TABLE (line bigint, resource_type text, action text, id uuid, subject text, reason text, arguments text[],
        resource jsonb, before jsonb)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    people CONSTANT bigint := 5000;
    teams CONSTANT bigint := 200;
BEGIN
    IF EXISTS (SELECT FROM scim.import_matches AS matches
                WHERE matches.org = of_org AND matches.run = of_run AND matches.manager IS NOT NULL) THEN
        RETURN QUERY SELECT * FROM scim.import_managers(of_org, of_run, people);
    ELSIF EXISTS (SELECT FROM scim.import_staging AS staged
                   WHERE staged.org = of_org AND staged.run = of_run AND staged.resource_type = 'Group' AND staged.id IS NULL) THEN
        RETURN QUERY SELECT * FROM scim.import_groups(of_org, of_run, teams);
    ELSIF EXISTS (SELECT FROM scim.import_staging AS staged
                   WHERE staged.org = of_org AND staged.run = of_run AND staged.resource_type = 'Group') THEN
        RETURN QUERY SELECT * FROM scim.import_members(of_org, of_run, teams);
    ELSIF EXISTS (SELECT FROM scim.import_matches AS matches
                   WHERE matches.org = of_org AND matches.run = of_run AND matches.groups IS NOT NULL) THEN
        RETURN QUERY SELECT * FROM scim.import_teams(of_org, of_run, people);
    ELSE
        action := 'finished';
        RETURN NEXT;
    END IF;
END
$$;
COMMENT ON FUNCTION scim.import_step(text, uuid) IS
    'What comes after the people of an import, a piece at a time: managers, groups, members. The row with the action finished: nothing is left to do.';

CREATE OR REPLACE FUNCTION scim.import_all(of_org text, of_run uuid, match text)
    RETURNS TABLE (line bigint, resource_type text, action text, id uuid, subject text, reason text, arguments text[],
        resource jsonb, before jsonb)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    piece record;
    one record;
    finished boolean := false;
BEGIN
    FOR piece IN
        SELECT min(numbered.line) AS first_line, max(numbered.line) AS last_line
          FROM (SELECT staged.line, row_number() OVER (ORDER BY staged.line) AS place
                  FROM scim.import_staging AS staged
                 WHERE staged.org = of_org AND staged.run = of_run AND staged.resource_type = 'User') AS numbered
         GROUP BY (numbered.place - 1) / 5000
         ORDER BY 1
    LOOP
        RETURN QUERY SELECT * FROM scim.import_people(of_org, of_run, match, piece.first_line, piece.last_line);
    END LOOP;
    DELETE FROM scim.import_staging AS staged
     WHERE staged.org = of_org AND staged.run = of_run AND staged.resource_type = 'User';
    WHILE NOT finished LOOP
        FOR one IN SELECT * FROM scim.import_step(of_org, of_run) LOOP
            IF one.action = 'finished' THEN
                finished := true;
            ELSE
                RETURN QUERY SELECT one.line, one.resource_type, one.action, one.id, one.subject, one.reason,
                                    one.arguments, one.resource, one.before;
            END IF;
        END LOOP;
    END LOOP;
    DELETE FROM scim.import_matches AS matches WHERE matches.org = of_org AND matches.run = of_run;
END
$$;
COMMENT ON FUNCTION scim.import_all(text, uuid, text) IS
    'Imports all that is staged for a run; a row for each record, and for each group that changed by it.';

CREATE OR REPLACE FUNCTION scim.import(org text, match text DEFAULT NULL, dry_run boolean DEFAULT false)
    RETURNS TABLE (line bigint, resource_type text, action text, id uuid, subject text, reason text, sentence text,
        changes jsonb)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    of_org CONSTANT text := import.org;
    nobody CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
BEGIN
    IF match NOT IN ('external_id', 'user_name', 'email') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('People cannot be matched by "%s": external_id, user_name, email, or NULL for the first two.', match);
    END IF;
    IF NOT EXISTS (SELECT FROM scim.organizations AS known WHERE known.org = of_org) THEN
        RAISE EXCEPTION USING ERRCODE = 'no_data_found',
            MESSAGE = format('There is no organization "%s".', of_org);
    END IF;
    IF NOT pg_try_advisory_xact_lock(hashtextextended('scim import ' || of_org, 0)) THEN
        RAISE EXCEPTION USING ERRCODE = 'object_in_use',
            MESSAGE = format('Another import into "%s" is running.', of_org);
    END IF;
    BEGIN
        RETURN QUERY
        SELECT done.line, done.resource_type, done.action,
               CASE WHEN done.action <> 'refused' OR done.before IS NOT NULL OR done.resource_type = 'Group' THEN done.id END,
               done.subject, done.reason, CASE WHEN done.reason IS NOT NULL THEN scim.sentence(done.reason, done.arguments) END,
               CASE WHEN done.resource_type = 'Group' THEN done.resource
                    WHEN done.before IS NOT NULL AND done.action IN ('update', 'manager')
                    THEN scim.import_changes(done.before, done.resource) END
          FROM scim.import_all(of_org, nobody, match) AS done;
        IF dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'SI000', MESSAGE = 'undone';
        END IF;
    EXCEPTION WHEN SQLSTATE 'SI000' THEN
        NULL;       -- The rows that were returned stay, what was written does not.
    END;
END
$$;
COMMENT ON FUNCTION scim.import(text, text, boolean) IS
    'Imports what stands in scim.import_staging for the organization, by the rules of SCIM, and empties it; dry_run: only tells. A row for each record: create, update, same, revive, refused; and for what follows: manager, members. match: whom a record means: who has its external_id, its user_name or its email; NULL: external_id, else user_name.';

CREATE OR REPLACE FUNCTION scim.import_missing(of_org text, of_run uuid)
    RETURNS TABLE (id uuid, user_name text, protected boolean)
    LANGUAGE sql STABLE
AS $$
    -- A difference of sets takes the same time whatever the planner believes of the tables.
    WITH missing AS (
        SELECT person.org, person.id FROM scim.users AS person WHERE person.org = $1 AND person.active
        EXCEPT
        SELECT matches.org, matches.id FROM scim.import_matches AS matches
         WHERE matches.org = $1 AND matches.run = $2 AND matches.resource_type = 'User'
    )
    SELECT person.id, person.user_name, person.protected
      FROM missing
     CROSS JOIN LATERAL (SELECT known.id, known.user_name, known.protected FROM scim.users AS known
                          WHERE known.org = missing.org AND known.id = missing.id LIMIT 1) AS person
$$;
COMMENT ON FUNCTION scim.import_missing(text, uuid) IS
    'Who is here, active, and not among the records of an import.';
