-- Import of members: whom the records of groups mean, and who comes and leaves.
-- import.sql tells how the parts stand together.

SET LOCAL client_min_messages = warning;

CREATE OR REPLACE FUNCTION scim.import_members_listed(of_org text, of_run uuid, lines bigint[])
    RETURNS TABLE (line bigint, place bigint, name text, id uuid)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off
    SET enable_bitmapscan = off
    SET work_mem = '64MB'
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH said AS MATERIALIZED (
        SELECT staged.line, member.place,
               CASE WHEN member.value ->> 'type' IN ('User', 'Group') THEN member.value ->> 'type' ELSE '' END AS type,
               coalesce(member.value ->> 'value', member.value #>> '{}') AS name
          FROM (SELECT of_org AS org, of_run AS run, one.line FROM unnest(lines) AS one (line) OFFSET 0) AS asked
         CROSS JOIN LATERAL (SELECT own.line, own.resource -> 'members' AS members FROM scim.import_staging AS own
                              WHERE own.org = asked.org AND own.run = asked.run AND own.line = asked.line LIMIT 1) AS staged
         CROSS JOIN LATERAL jsonb_array_elements(CASE jsonb_typeof(staged.members) WHEN 'array' THEN staged.members ELSE '[]' END)
               WITH ORDINALITY AS member (value, place)
    ), names AS MATERIALIZED (
        -- Each name once, and nearly all are the userNames of people who are here.
        SELECT asked.name, person.id, person.id IS NOT NULL AND NOT person.removed AND referenced.line IS NULL AS sure
          FROM (SELECT DISTINCT of_org AS org, of_run AS run, said.name FROM said OFFSET 0) AS asked
          LEFT JOIN LATERAL (SELECT own.id, own.removed FROM scim.users AS own
                              WHERE own.org = asked.org AND own.user_name_key = scim.fold(asked.name)
                              LIMIT 1) AS person ON true
          LEFT JOIN LATERAL (SELECT own.line FROM scim.import_matches AS own
                              WHERE own.org = asked.org AND own.run = asked.run AND own.reference = asked.name
                              LIMIT 1) AS referenced ON true
    ), meant AS MATERIALIZED (
        SELECT asked.name, asked.type,
               CASE WHEN names.sure AND asked.type <> 'Group' THEN names.id
                    ELSE (SELECT named.id
                            FROM scim.import_members_named(of_org, of_run, jsonb_build_array(
                                     jsonb_build_object('value', asked.name, 'type', nullif(asked.type, '')))) AS named) END AS id
          FROM (SELECT DISTINCT said.name, said.type FROM said) AS asked
          JOIN names ON names.name = asked.name
    )
    SELECT said.line, said.place, said.name, meant.id
      FROM said
      LEFT JOIN meant ON meant.name = said.name AND meant.type = said.type;
END
$$;
COMMENT ON FUNCTION scim.import_members_listed(text, uuid, bigint[]) IS
    'Whom the members of the staged records of these lines mean: scim.import_members_named for many.';

CREATE OR REPLACE FUNCTION scim.import_people_among(of_org text, ids uuid[]) RETURNS uuid[]
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
BEGIN
    -- Not locked here: the foreign key of group_members does that, and scim.group_members_check looks again.
    RETURN ARRAY(
        SELECT person.id
          FROM (SELECT DISTINCT of_org AS org, listed.id FROM unnest(ids) AS listed (id) OFFSET 0) AS wanted
         CROSS JOIN LATERAL (SELECT known.id FROM scim.users AS known
                              WHERE known.org = wanted.org AND known.id = wanted.id AND NOT known.removed
                              LIMIT 1) AS person);
END
$$;
COMMENT ON FUNCTION scim.import_people_among(text, uuid[]) IS
    'Those of these ids who are people that can be in groups.';

CREATE OR REPLACE FUNCTION scim.import_members_waiting(of_org text, of_run uuid, most bigint)
    RETURNS TABLE (line bigint, resource jsonb, id uuid, action text, members uuid[], unknown text)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off
    SET enable_bitmapscan = off     -- the primary key has them in their order
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH step AS MATERIALIZED (
        SELECT staged.line, staged.resource, staged.id, staged.action
          FROM scim.import_staging AS staged
         WHERE staged.org = of_org AND staged.run = of_run AND staged.resource_type = 'Group' AND staged.id IS NOT NULL
         ORDER BY staged.line
         LIMIT most
    ), together AS MATERIALIZED (
        SELECT named.line, array_agg(named.id) FILTER (WHERE named.id IS NOT NULL) AS members,
               min(named.name) FILTER (WHERE named.id IS NULL) AS unknown
          FROM scim.import_members_listed(of_org, of_run, ARRAY(SELECT step.line FROM step)) AS named
         GROUP BY named.line
    )
    SELECT step.line, step.resource, step.id, step.action, array_remove(together.members, step.id), together.unknown
      FROM step
      LEFT JOIN together ON together.line = step.line
     ORDER BY step.id;
END
$$;
COMMENT ON FUNCTION scim.import_members_waiting(text, uuid, bigint) IS
    'So many of the groups of an import that were made or found and wait for their members, in the order of id, with these, and the name of one who is nobody (unknown).';

CREATE OR REPLACE FUNCTION scim.import_members_settled(of_org text, whole uuid[], teams uuid[], comes uuid[])
    RETURNS TABLE (team uuid, added bigint, removed bigint)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    differing record;
    left_teams uuid[];
    people uuid[];
    inner_teams uuid[];
BEGIN
    -- In the order of id, and before their members, as everybody does it.
    PERFORM locked.id
       FROM (SELECT of_org AS org, listed.id FROM unnest(whole) AS listed (id) ORDER BY listed.id OFFSET 0) AS wanted
      CROSS JOIN LATERAL (SELECT known.id FROM scim.groups AS known
                           WHERE known.org = wanted.org AND known.id = wanted.id
                           LIMIT 1 FOR NO KEY UPDATE) AS locked;
    WITH present AS MATERIALIZED (
        SELECT listed.team, member.id
          FROM (SELECT of_org AS org, one.id AS team FROM unnest(whole) AS one (id) OFFSET 0) AS listed
         CROSS JOIN LATERAL (SELECT own.member_id AS id FROM scim.group_members AS own
                              WHERE own.org = listed.org AND own.group_id = listed.team
                             OFFSET 0) AS member
    ), wanted AS MATERIALIZED (
        SELECT DISTINCT listed.team, listed.id FROM unnest(teams, comes) AS listed (team, id)
    )
    SELECT array_agg(team ORDER BY team, id) FILTER (WHERE present.id IS NULL) AS coming_teams,
           array_agg(id ORDER BY team, id) FILTER (WHERE present.id IS NULL) AS coming,
           array_agg(team ORDER BY team, id) FILTER (WHERE wanted.id IS NULL) AS leaving_teams,
           array_agg(id ORDER BY team, id) FILTER (WHERE wanted.id IS NULL) AS leaving
      INTO differing
      FROM present
      FULL JOIN wanted USING (team, id);
    -- As scim.remove_group_members does it for one.
    IF differing.leaving IS NOT NULL THEN
        WITH gone AS (
            DELETE FROM scim.group_members AS member
             WHERE member.ctid = ANY (ARRAY(
                       SELECT found.place
                         FROM (SELECT of_org AS org, one.* FROM unnest(differing.leaving_teams, differing.leaving) AS one (team, id)
                               OFFSET 0) AS leaving
                        CROSS JOIN LATERAL (SELECT own.ctid AS place FROM scim.group_members AS own
                                             WHERE own.org = leaving.org AND own.group_id = leaving.team AND own.member_id = leaving.id
                                             LIMIT 1) AS found))
               AND member.org = of_org
            RETURNING member.group_id
        )
        SELECT array_agg(gone.group_id) INTO left_teams FROM gone;
    END IF;
    IF differing.coming IS NOT NULL THEN
        people := scim.import_people_among(of_org, differing.coming);
        inner_teams := ARRAY(
            SELECT known.id
              FROM (SELECT DISTINCT of_org AS org, listed.id
                      FROM unnest(differing.coming) AS listed (id)
                     WHERE listed.id NOT IN (SELECT person.id FROM unnest(people) AS person (id))
                    OFFSET 0) AS wanted
             CROSS JOIN LATERAL (SELECT own.id FROM scim.groups AS own
                                  WHERE own.org = wanted.org AND own.id = wanted.id LIMIT 1) AS known);
        -- Who tries again is told what is said of a record that names nobody.
        IF cardinality(people) + cardinality(inner_teams)
                <> (SELECT count(DISTINCT listed.id) FROM unnest(differing.coming) AS listed (id)) THEN
            RAISE EXCEPTION USING
                ERRCODE = 'serialization_failure',
                MESSAGE = 'Somebody who was to come into a group was removed at this moment.';
        END IF;
        INSERT INTO scim.group_members (org, group_id, member_id, member_type)
        SELECT of_org, listed.team, listed.id,
               CASE WHEN listed.id IN (SELECT inner_team.id FROM unnest(inner_teams) AS inner_team (id)) THEN 'Group' ELSE 'User' END
          FROM unnest(differing.coming_teams, differing.coming) WITH ORDINALITY AS listed (team, id, place)
         ORDER BY listed.place;
    END IF;
    RETURN QUERY
    SELECT changed.team, count(*) FILTER (WHERE changed.comes), count(*) FILTER (WHERE NOT changed.comes)
      FROM (SELECT came.team, true AS comes FROM unnest(differing.coming_teams) AS came (team)
             UNION ALL
            SELECT gone.team, false FROM unnest(left_teams) AS gone (team)) AS changed
     GROUP BY changed.team;
END
$$;
COMMENT ON FUNCTION scim.import_members_settled(text, uuid[], uuid[], uuid[]) IS
    'Makes the members of the groups whole exactly those of the pairs (teams, comes): scim.set_group_members for many groups; a row for each that changed. To be tried again (40001) where one of the members is nobody by now.';

CREATE OR REPLACE FUNCTION scim.import_members_at_once(of_org text, of_run uuid, most bigint)
    RETURNS TABLE (line bigint, resource jsonb, id uuid, action text, members uuid[], unknown text, subject text,
        added bigint, removed bigint)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    one record;
    lines bigint[] := '{}';
    ids uuid[] := '{}';
    actions text[] := '{}';
    subjects text[] := '{}';
    whole uuid[] := '{}';
    teams uuid[] := '{}';       -- with comes: who is to be in which group
    comes uuid[] := '{}';
BEGIN
    FOR one IN
        SELECT waiting.*, team.member_count
          FROM scim.import_members_waiting(of_org, of_run, most) AS waiting
          LEFT JOIN LATERAL (SELECT known.member_count FROM scim.groups AS known
                              WHERE known.org = of_org AND known.id = waiting.id LIMIT 1) AS team ON true
    LOOP
        -- A group that is gone by itself, and one that is large: many of these at once would need much memory.
        IF one.unknown IS NOT NULL OR one.member_count IS NULL OR one.member_count > 200 OR cardinality(one.members) > 200 THEN
            line := one.line;
            resource := one.resource;
            id := one.id;
            action := one.action;
            members := one.members;
            unknown := one.unknown;
            RETURN NEXT;
            CONTINUE;
        END IF;
        lines := lines || one.line;
        ids := ids || one.id;
        actions := actions || one.action;
        subjects := subjects || (one.resource ->> 'displayName');
        IF one.resource ? 'members' THEN
            whole := whole || one.id;
            teams := teams || array_fill(one.id, ARRAY[coalesce(cardinality(one.members), 0)]);
            comes := comes || one.members;
        END IF;
    END LOOP;
    IF cardinality(lines) = 0 THEN
        RETURN;
    END IF;
    PERFORM scim.import_done_with(of_org, of_run, lines);
    RETURN QUERY
    SELECT done.line, NULL::jsonb, done.id,
           CASE WHEN done.action = 'same' AND settled.team IS NOT NULL THEN 'update' ELSE done.action END,
           NULL::uuid[], NULL::text, done.subject, coalesce(settled.added, 0), coalesce(settled.removed, 0)
      FROM unnest(lines, ids, actions, subjects) AS done (line, id, action, subject)
      LEFT JOIN scim.import_members_settled(of_org, whole, teams, comes) AS settled ON settled.team = done.id
     ORDER BY done.id;
END
$$;
COMMENT ON FUNCTION scim.import_members_at_once(text, uuid, bigint) IS
    'Gives the groups of so many staged records their members by a few statements, and is done with the records; a row for each. subject and added NULL: not done yet.';

CREATE OR REPLACE FUNCTION scim.import_members_surely(of_org text, of_run uuid, most bigint)
    RETURNS TABLE (line bigint, resource jsonb, id uuid, action text, members uuid[], unknown text, subject text,
        added bigint, removed bigint)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    BEGIN
        RETURN QUERY SELECT * FROM scim.import_members_at_once(of_org, of_run, most);
        RETURN;
    EXCEPTION WHEN foreign_key_violation THEN
        RAISE;          -- Somebody is deleted at this moment: to be tried again.
    WHEN integrity_constraint_violation OR data_exception OR program_limit_exceeded OR raise_exception THEN
        NULL;
    END;
    RETURN QUERY
    SELECT waiting.*, NULL::text, NULL::bigint, NULL::bigint
      FROM scim.import_members_waiting(of_org, of_run, most) AS waiting;
END
$$;
COMMENT ON FUNCTION scim.import_members_surely(text, uuid, bigint) IS
    'scim.import_members_at_once; when the database refuses something of it, nothing is done yet.';

CREATE OR REPLACE FUNCTION scim.import_members(of_org text, of_run uuid, most bigint)
    RETURNS TABLE (line bigint, resource_type text, action text, id uuid, subject text, reason text, arguments text[],
        resource jsonb, before jsonb)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    one record;
    came bigint;
    went bigint;
    missing text;
    done_ids uuid[] := '{}';
    done_actions text[] := '{}';
BEGIN
    resource_type := 'Group';
    FOR one IN
        SELECT * FROM scim.import_members_surely(of_org, of_run, most) AS staged ORDER BY staged.id
    LOOP
        came := coalesce(one.added, 0);
        went := coalesce(one.removed, 0);
        missing := NULL;
        IF one.added IS NULL THEN
            IF one.resource ? 'members' THEN
                SELECT added, removed, coalesce(one.unknown, written.unknown::text) INTO came, went, missing
                  FROM scim.set_group_members(of_org, one.id, one.members) AS written;
            END IF;
            DELETE FROM scim.import_staging AS staged
             WHERE staged.org = of_org AND staged.run = of_run AND staged.line = one.line;
        END IF;
        line := one.line;
        action := CASE WHEN one.action = 'same' AND came + went > 0 THEN 'update' ELSE one.action END;
        id := one.id;
        subject := coalesce(one.subject, one.resource ->> 'displayName');
        reason := NULL;
        arguments := NULL;
        resource := jsonb_build_object('added', came, 'removed', went);
        IF action <> 'same' THEN
            done_ids := done_ids || one.id;
            done_actions := done_actions || action;
        END IF;
        RETURN NEXT;
        IF missing IS NOT NULL THEN
            -- A group that was to be a member was refused meanwhile, or somebody is gone.
            action := 'refused';
            reason := 'group.unknown_member';
            arguments := ARRAY[missing];
            RETURN NEXT;
        END IF;
    END LOOP;
    PERFORM scim.import_log_groups(of_org, done_ids, done_actions);
END
$$;
COMMENT ON FUNCTION scim.import_members(text, uuid, bigint) IS
    'Gives the groups of so many staged records the members that these name, and is done with the records; a row for each. resource: how many members were added and removed.';
