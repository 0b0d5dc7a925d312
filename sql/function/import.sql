-- Import: the records of scim.import_staging become people and groups, many at
-- a time, by the rules of scim.create_person and scim.change_person.
--
-- One set-based statement does what is usual; what is not (somebody comes
-- back, a userName moves, a row that another session changed meanwhile) goes
-- one by one through those functions. What must not be is an answer, never an
-- error: of many records that cannot be stored only those few are refused.
--
-- Here: whom a record means, and the whole, for which import_people.sql,
-- import_groups.sql, import_members.sql and import_teams.sql are the parts,
-- import_run.sql the runs of `scimlet import`.
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

CREATE OR REPLACE FUNCTION scim.import_key(of_org text, beside boolean DEFAULT false) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT pg_catalog.hashtextextended(CASE WHEN $2 THEN 'scim import beside ' ELSE 'scim import ' END || $1, 0)
$$;
COMMENT ON FUNCTION scim.import_key(text, boolean) IS
    'The advisory lock of the session that imports into the organization; beside: of the one that helps it.';

CREATE OR REPLACE FUNCTION scim.import_lock(of_org text, patience interval DEFAULT '0', beside boolean DEFAULT false)
    RETURNS boolean
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    give_up CONSTANT timestamptz := clock_timestamp() + patience;
BEGIN
    WHILE NOT pg_try_advisory_lock(scim.import_key(of_org, beside)) LOOP
        IF clock_timestamp() >= give_up THEN
            RETURN false;
        END IF;
        PERFORM pg_sleep(0.05);
    END LOOP;
    RETURN true;
END
$$;
COMMENT ON FUNCTION scim.import_lock(text, interval, boolean) IS
    'Lets this session, and no other, import into the organization until it ends; false: another one does, for longer than patience. beside: lets it help the one that does.';

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
          ORDER BY matches.line
          LIMIT 1),
        CASE $3 WHEN 'User' THEN (SELECT called.id FROM scim.import_person_called(asked.org, asked.name) AS called)
                ELSE (SELECT called.id FROM scim.import_group_called(asked.org, asked.name) AS called) END)
      FROM (SELECT $1 AS org, $2 AS run, $4 AS name OFFSET 0) AS asked
$$;
COMMENT ON FUNCTION scim.import_referenced(text, uuid, text, text) IS
    'Whom the records of an import mean by a name: one of themselves by reference, the first of several, else who is here; NULL: nobody.';

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
    -- What is done for each group has plans that are kept, but not longer than a piece: tables grow.
    EXECUTE 'DISCARD PLANS';
    IF EXISTS (SELECT FROM scim.import_matches AS matches
                WHERE matches.org = of_org AND matches.run = of_run AND matches.manager IS NOT NULL) THEN
        RETURN QUERY SELECT * FROM scim.import_managers(of_org, of_run, people);
        subject := 'managers';
    ELSIF EXISTS (SELECT FROM scim.import_staging AS staged
                   WHERE staged.org = of_org AND staged.run = of_run AND staged.resource_type = 'Group' AND staged.id IS NULL) THEN
        RETURN QUERY SELECT * FROM scim.import_groups(of_org, of_run, teams);
        subject := 'groups';
    ELSIF EXISTS (SELECT FROM scim.import_staging AS staged
                   WHERE staged.org = of_org AND staged.run = of_run AND staged.resource_type = 'Group') THEN
        RETURN QUERY SELECT * FROM scim.import_members(of_org, of_run, teams);
        subject := 'members of groups';
    ELSIF EXISTS (SELECT FROM scim.import_matches AS matches
                   WHERE matches.org = of_org AND matches.run = of_run AND matches.groups IS NOT NULL) THEN
        RETURN QUERY SELECT * FROM scim.import_teams(of_org, of_run, people);
        subject := 'groups of people';
    END IF;
    action := CASE WHEN subject IS NULL THEN 'finished' ELSE 'piece' END;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION scim.import_step(text, uuid) IS
    'What comes after the people of an import, a piece at a time: managers, groups, members. The last row has the action piece, and says of what this was one, or finished: nothing is left to do.';

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
        RETURN QUERY SELECT * FROM scim.import_people(of_org, of_run, match, NULL, piece.first_line, piece.last_line, false);
    END LOOP;
    DELETE FROM scim.import_staging AS staged
     WHERE staged.org = of_org AND staged.run = of_run AND staged.resource_type = 'User';
    WHILE NOT finished LOOP
        FOR one IN SELECT * FROM scim.import_step(of_org, of_run) LOOP
            IF one.action IN ('piece', 'finished') THEN
                finished := one.action = 'finished';
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
    -- As SCIM spells them, too.
    match := CASE lower(match COLLATE "C") WHEN 'externalid' THEN 'external_id' WHEN 'username' THEN 'user_name'
                               WHEN 'emails' THEN 'email' ELSE match END;
    IF match NOT IN ('external_id', 'user_name', 'email') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('People cannot be matched by "%s": external_id, user_name, email, or NULL for the first two.', match);
    END IF;
    IF NOT EXISTS (SELECT FROM scim.organizations AS known WHERE known.org = of_org) THEN
        RAISE EXCEPTION USING ERRCODE = 'no_data_found',
            MESSAGE = format('There is no organization "%s".', of_org);
    END IF;
    IF NOT pg_try_advisory_xact_lock(scim.import_key(of_org)) THEN
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
    'Imports what stands in scim.import_staging for the organization, by the rules of SCIM, and empties it; dry_run: only tells. A row for each record: create, update, same, revive, refused; and for what follows: manager, members. match: whom a record means: who has its external_id, its user_name or its email (also as SCIM spells them: externalId, userName, emails); NULL: external_id, else user_name.';

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
