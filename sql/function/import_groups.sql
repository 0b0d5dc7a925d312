-- Import of groups: those of the file, whose members import_members.sql brings.
-- import.sql tells how the parts stand together.

SET LOCAL client_min_messages = warning;

-- One by one -----------------------------------------------------------------

CREATE OR REPLACE FUNCTION scim.import_group_is_to_come(of_org text, of_run uuid, name text) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET enable_bitmapscan = off
    SET jit = off
AS $$
DECLARE
    external_hash CONSTANT bigint := hashtextextended(name COLLATE "C", 0);
    display_hash CONSTANT bigint := hashtextextended(scim.fold(left(name, 4096)) COLLATE "C", 0);
    next_one record;
BEGIN
    -- The next one in the order of an index is found in no way but by that index, whatever the plan expects of a table
    -- that fills and empties. Of several with one hash the others are looked at only where the first is called otherwise.
    SELECT staged.reference INTO next_one FROM scim.import_staging AS staged
     WHERE staged.org = of_org AND staged.run = of_run AND staged.reference >= name
       AND staged.reference IS NOT NULL AND staged.resource_type = 'Group' AND staged.id IS NULL
     ORDER BY staged.reference LIMIT 1;
    IF next_one.reference = name THEN
        RETURN true;
    END IF;
    SELECT staged.external_id_hash, staged.resource ->> 'externalId' AS other INTO next_one FROM scim.import_staging AS staged
     WHERE staged.org = of_org AND staged.run = of_run AND staged.external_id_hash >= external_hash
       AND staged.external_id_hash IS NOT NULL AND staged.resource_type = 'Group' AND staged.id IS NULL
     ORDER BY staged.external_id_hash LIMIT 1;
    IF next_one.external_id_hash = external_hash AND (next_one.other = name OR EXISTS (
            SELECT FROM scim.import_staging AS staged
             WHERE staged.org = of_org AND staged.run = of_run AND staged.external_id_hash = external_hash
               AND staged.resource ->> 'externalId' = name AND staged.resource_type = 'Group' AND staged.id IS NULL)) THEN
        RETURN true;
    END IF;
    SELECT staged.display_name_hash, scim.fold(staged.resource ->> 'displayName') AS key INTO next_one FROM scim.import_staging AS staged
     WHERE staged.org = of_org AND staged.run = of_run AND staged.display_name_hash >= display_hash
       AND staged.display_name_hash IS NOT NULL AND staged.resource_type = 'Group' AND staged.id IS NULL
     ORDER BY staged.display_name_hash LIMIT 1;
    RETURN coalesce(next_one.display_name_hash = display_hash AND (next_one.key = scim.fold(name) OR EXISTS (
            SELECT FROM scim.import_staging AS staged
             WHERE staged.org = of_org AND staged.run = of_run AND staged.display_name_hash = display_hash
               AND scim.fold(staged.resource ->> 'displayName') = scim.fold(name)
               AND staged.resource_type = 'Group' AND staged.id IS NULL)), false);
END
$$;
COMMENT ON FUNCTION scim.import_group_is_to_come(text, uuid, text) IS
    'Is this the reference, externalId or displayName of a group of an import that is still to be made?';

CREATE OR REPLACE FUNCTION scim.import_groups_waiting(of_org text, of_run uuid, most bigint)
    RETURNS TABLE (line bigint, resource jsonb, reference text, members uuid[], strangers text[], unknown text)
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
        SELECT staged.line, staged.resource, staged.reference
          FROM scim.import_staging AS staged
         WHERE staged.org = of_org AND staged.run = of_run AND staged.resource_type = 'Group' AND staged.id IS NULL
         ORDER BY staged.line
         LIMIT most
    ), listed AS MATERIALIZED (
        -- Groups may stand in any order: who is not here yet may be one of those to come.
        SELECT member.line, member.place, member.name, member.id,
               member.id IS NULL AND NOT scim.import_group_is_to_come(of_org, of_run, member.name) AS unknown
          FROM (SELECT named.line, named.place, coalesce(named.name, '') AS name, named.id
                  FROM scim.import_members_listed(of_org, of_run, ARRAY(SELECT step.line FROM step)) AS named
                OFFSET 0) AS member
    ), together AS MATERIALIZED (
        SELECT listed.line, array_agg(listed.id) FILTER (WHERE listed.id IS NOT NULL) AS members,
               array_agg(listed.name) FILTER (WHERE listed.id IS NULL) AS strangers,
               (array_agg(listed.name ORDER BY listed.place) FILTER (WHERE listed.unknown))[1] AS unknown
          FROM listed
         GROUP BY listed.line
    )
    SELECT step.line, step.resource, step.reference, together.members, together.strangers, together.unknown
      FROM step
      LEFT JOIN together ON together.line = step.line
     ORDER BY step.line;
END
$$;
COMMENT ON FUNCTION scim.import_groups_waiting(text, uuid, bigint) IS
    'So many of the groups of an import that are still to be made, in the order of the file, with the members who are here, the names of those who are not (strangers), and the first of these who is not among the records either (unknown).';

CREATE OR REPLACE FUNCTION scim.import_group_refusal(of_org text, of_group uuid, new_resource jsonb, members uuid[],
        strangers text[], unknown text, OUT reason text, OUT arguments text[])
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
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
    IF reason IS NULL AND unknown IS NOT NULL THEN
        reason := 'group.unknown_member';
        arguments := ARRAY[unknown];
    -- A group that is new has no id yet: nobody else is called so.
    ELSIF reason IS NULL AND (of_group = ANY (members)
            OR of_group IS NULL AND (new_resource ->> 'externalId' = ANY (strangers)
                OR EXISTS (SELECT FROM unnest(strangers) AS stranger (word) WHERE scim.fold(stranger.word) = name))) THEN
        reason := 'group.own_member';
        arguments := ARRAY[new_resource ->> 'displayName'];
    END IF;
END
$$;
COMMENT ON FUNCTION scim.import_group_refusal(text, uuid, jsonb, uuid[], text[], text) IS
    'Why the record of a group cannot be imported; of_group: the group that it means, or NULL for a new one; the members as of scim.import_groups_waiting. reason NULL: it can.';

CREATE OR REPLACE FUNCTION scim.import_group_written(of_org text, group_id uuid, new_resource jsonb, OUT action text, OUT id uuid)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
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

CREATE OR REPLACE FUNCTION scim.import_group(of_org text, of_run uuid, staged record,
        OUT action text, OUT id uuid, OUT reason text, OUT arguments text[])
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_variable
DECLARE
    meant uuid;
    earlier bigint;
BEGIN
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
          FROM scim.import_group_refusal(of_org, meant, staged.resource, staged.members, staged.strangers, staged.unknown)
            AS refusal;
    END IF;
    id := meant;
    action := 'refused';
    IF reason IS NOT NULL THEN
        RETURN;
    END IF;
    SELECT written.action, written.id INTO action, id
      FROM scim.import_group_written(of_org, meant, staged.resource) AS written;
    INSERT INTO scim.import_matches (org, run, resource_type, id, line, reference)
    VALUES (of_org, of_run, 'Group', id, staged.line, staged.reference);
    UPDATE scim.import_staging AS waiting
       SET id = import_group.id, action = import_group.action
     WHERE waiting.org = of_org AND waiting.run = of_run AND waiting.line = staged.line;
EXCEPTION WHEN integrity_constraint_violation OR data_exception OR program_limit_exceeded OR raise_exception THEN
    action := 'refused';
    reason := 'import.unusable';
    arguments := ARRAY[SQLERRM];
END
$$;
COMMENT ON FUNCTION scim.import_group(text, uuid, record) IS
    'Makes or renames a group, or refuses it; staged: a row of scim.import_groups_waiting.';

-- Many at once ---------------------------------------------------------------

CREATE OR REPLACE FUNCTION scim.import_groups_touched(of_org text, names text[]) RETURNS TABLE (ids uuid[])
    LANGUAGE sql STABLE
AS $$
    SELECT ARRAY(
        SELECT touched.id
          FROM (SELECT $1 AS org, listed.name FROM pg_catalog.unnest($2) AS listed (name) WHERE listed.name IS NOT NULL OFFSET 0) AS asked
         CROSS JOIN LATERAL (
               (SELECT team.id FROM scim.groups AS team
                 WHERE team.org = asked.org AND team.external_id = asked.name LIMIT 2)
               UNION ALL
               (SELECT team.id FROM scim.groups AS team
                 WHERE team.org = asked.org AND team.display_name_key = scim.fold(asked.name) LIMIT 2)
               UNION ALL
               (SELECT team.id FROM scim.groups AS team
                 WHERE team.org = asked.org AND team.id = scim.import_id(asked.name) LIMIT 1)) AS touched
         GROUP BY touched.id)
$$;
COMMENT ON FUNCTION scim.import_groups_touched(text, text[]) IS
    'All groups among which scim.import_group_called chooses for any of these names; of several with the same name two.';

CREATE OR REPLACE FUNCTION scim.import_groups_planned(of_org text, of_run uuid, most bigint)
    RETURNS TABLE (line bigint, resource jsonb, reference text, members uuid[], strangers text[], unknown text, action text, id uuid)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH waiting AS MATERIALIZED (
        SELECT * FROM scim.import_groups_waiting(of_org, of_run, most)
    ), named AS MATERIALIZED (
        SELECT waiting.line, waiting.resource ->> 'displayName' AS name, nullif(waiting.resource ->> 'externalId', '') AS other,
               coalesce(jsonb_typeof(waiting.resource) = 'object'
                   AND jsonb_typeof(waiting.resource -> 'displayName') = 'string'
                   AND coalesce(jsonb_typeof(waiting.resource -> 'externalId'), 'null') IN ('string', 'null')
                   AND coalesce(jsonb_typeof(waiting.resource -> 'members'), 'null') IN ('array', 'null')
                   AND octet_length(waiting.resource ->> 'displayName') <= 1024
                   AND coalesce(octet_length(waiting.resource ->> 'externalId'), 0) <= 1024, false) AS usable
          FROM waiting
    ), keys AS MATERIALIZED (
        -- Of what is too long the beginning: it will be refused.
        SELECT DISTINCT named.line, scim.fold(left(word, 4096)) AS key
          FROM named
         CROSS JOIN LATERAL (VALUES (named.name), (named.other)) AS words (word)
         WHERE word IS NOT NULL
    ), touching AS MATERIALIZED (
        SELECT named.line, touched.ids
          FROM named
         CROSS JOIN LATERAL scim.import_groups_touched(of_org, ARRAY[left(named.name, 4096), left(named.other, 4096)]) AS touched
    ), apart AS MATERIALIZED (
        -- What one record does must not change whom another means.
        SELECT named.line, named.name, named.other, touching.ids,
               named.usable AND btrim(scim.fold(named.name)) <> '' AND octet_length(scim.fold(named.name)) <= 1024
                   AND cardinality(touching.ids) <= 1
                   AND named.line NOT IN (
                       SELECT met.line FROM keys AS met
                        WHERE met.key IN (SELECT keys.key FROM keys GROUP BY keys.key HAVING count(*) > 1))
                   AND named.line NOT IN (
                       SELECT met.line FROM touching AS met
                        WHERE met.ids && ARRAY(SELECT one.id FROM touching AS other, unnest(other.ids) AS one (id)
                                                GROUP BY one.id HAVING count(*) > 1)) AS alike
          FROM named
          JOIN touching ON touching.line = named.line
    )
    SELECT waiting.line, waiting.resource, waiting.reference, waiting.members, waiting.strangers, waiting.unknown,
           CASE WHEN NOT apart.alike OR waiting.unknown IS NOT NULL OR cardinality(waiting.members) > 200 THEN 'alone'
                WHEN team.id IS NULL AND NOT EXISTS (
                    SELECT FROM unnest(waiting.strangers) AS stranger (word)
                     WHERE stranger.word = waiting.resource ->> 'externalId' OR scim.fold(stranger.word) = scim.fold(apart.name)) THEN 'create'
                WHEN team.display_name = apart.name AND NOT team.protected
                     AND (NOT waiting.resource ? 'externalId' OR team.external_id IS NOT DISTINCT FROM apart.other)
                     AND coalesce(team.id <> ALL (waiting.members), true)
                     AND scim.protected_group_above(of_org, team.id) IS NULL
                     AND NOT EXISTS (SELECT FROM scim.import_matches AS earlier
                                      WHERE earlier.org = of_org AND earlier.run = of_run
                                        AND earlier.resource_type = 'Group' AND earlier.id = team.id) THEN 'same'
                ELSE 'alone' END,
           coalesce(team.id, gen_random_uuid())
      FROM waiting
      JOIN apart ON apart.line = waiting.line
      LEFT JOIN LATERAL (SELECT * FROM scim.groups AS known
                          WHERE known.org = of_org AND known.id = apart.ids[1] LIMIT 1) AS team ON true;
END
$$;
COMMENT ON FUNCTION scim.import_groups_planned(text, uuid, bigint) IS
    'scim.import_groups_waiting, with what is to become of each record: create and same, by all means and whatever becomes of the others; alone: to be looked at by scim.import_group in its turn.';

CREATE OR REPLACE FUNCTION scim.import_log_groups(of_org text, ids uuid[], actions text[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
DECLARE
    request CONSTANT jsonb := scim.request();
BEGIN
    -- As scim.log_done does it for one.
    INSERT INTO scim.request_log (org, request_id, address, agent, action, resource_type, resource_id,
            subject, subject_key, external_id, result, status, reason, arguments, sentence, duration_ms)
    SELECT of_org, coalesce(request ->> 'id', 'sql-' || pg_current_xact_id()), host(inet_client_addr()),
           current_setting('application_name'), done.action, 'Group', team.id, team.display_name, scim.log_key(team.display_name),
           nullif(team.external_id, team.display_name),
           CASE WHEN team.hidden THEN 'ignored' ELSE 'done' END, CASE done.action WHEN 'create' THEN 201 ELSE 200 END,
           CASE WHEN team.hidden THEN 'group.not_synced' END, CASE WHEN team.hidden THEN ARRAY[team.display_name] END,
           CASE WHEN team.hidden THEN scim.sentence('group.not_synced', ARRAY[team.display_name]) END,
           extract(epoch FROM clock_timestamp() - transaction_timestamp()) * 1000
      FROM unnest(ids, actions) WITH ORDINALITY AS done (id, action, place)
     CROSS JOIN LATERAL (SELECT * FROM scim.groups AS known
                          WHERE known.org = of_org AND known.id = done.id LIMIT 1) AS team
     ORDER BY done.place;
    IF EXISTS (SELECT FROM scim.watchers) THEN
        PERFORM scim.wake_watchers(of_org);
    END IF;
END
$$;
COMMENT ON FUNCTION scim.import_log_groups(text, uuid[], text[]) IS
    'Writes the rows of request_log for groups that were imported.';

CREATE OR REPLACE FUNCTION scim.import_done_with(of_org text, of_run uuid, lines bigint[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
BEGIN
    DELETE FROM scim.import_staging AS staged
     WHERE staged.ctid = ANY (ARRAY(
               SELECT found.place
                 FROM (SELECT of_org AS org, of_run AS run, listed.line FROM unnest(lines) AS listed (line) OFFSET 0) AS done
                CROSS JOIN LATERAL (SELECT own.ctid AS place FROM scim.import_staging AS own
                                     WHERE own.org = done.org AND own.run = done.run AND own.line = done.line
                                     LIMIT 1) AS found))
       AND staged.org = of_org;
END
$$;
COMMENT ON FUNCTION scim.import_done_with(text, uuid, bigint[]) IS
    'Takes the staged records of these lines away.';

CREATE OR REPLACE FUNCTION scim.import_groups_made(of_org text, of_run uuid, lines bigint[], actions text[], ids uuid[],
        waits boolean[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
BEGIN
    INSERT INTO scim.groups (org, id, display_name, external_id)
    SELECT of_org, made.id, staged.name, nullif(staged.other, '')
      FROM unnest(lines, actions, ids) AS made (line, action, id)
     CROSS JOIN LATERAL (SELECT own.resource ->> 'displayName' AS name, own.resource ->> 'externalId' AS other
                           FROM scim.import_staging AS own
                          WHERE own.org = of_org AND own.run = of_run AND own.line = made.line LIMIT 1) AS staged
     WHERE made.action = 'create'
     ORDER BY made.line;
    INSERT INTO scim.import_matches (org, run, resource_type, id, line, reference)
    SELECT of_org, of_run, 'Group', made.id, made.line, staged.reference
      FROM unnest(lines, ids) AS made (line, id)
     CROSS JOIN LATERAL (SELECT own.reference FROM scim.import_staging AS own
                          WHERE own.org = of_org AND own.run = of_run AND own.line = made.line LIMIT 1) AS staged;
    -- Lookups, whatever the plan expects of a table that fills and empties.
    UPDATE scim.import_staging AS staged
       SET id = ids[array_position(lines, staged.line)],
           action = actions[array_position(lines, staged.line)]
     WHERE staged.ctid = ANY (ARRAY(
               SELECT found.place
                 FROM (SELECT of_org AS org, of_run AS run, listed.line FROM unnest(lines, waits) AS listed (line, waits)
                        WHERE listed.waits
                       OFFSET 0) AS waiting
                CROSS JOIN LATERAL (SELECT own.ctid AS place FROM scim.import_staging AS own
                                     WHERE own.org = waiting.org AND own.run = waiting.run AND own.line = waiting.line
                                     LIMIT 1) AS found))
       AND staged.org = of_org;
    PERFORM scim.import_done_with(of_org, of_run, ARRAY(
        SELECT listed.line FROM unnest(lines, waits) AS listed (line, waits) WHERE NOT listed.waits));
END
$$;
COMMENT ON FUNCTION scim.import_groups_made(text, uuid, bigint[], text[], uuid[], boolean[]) IS
    'Makes groups, and notes which records became them; waits: for scim.import_members, others are done with.';

CREATE OR REPLACE FUNCTION scim.import_groups_at_once(of_org text, of_run uuid, most bigint)
    RETURNS TABLE (line bigint, resource jsonb, reference text, members uuid[], strangers text[], unknown text,
        action text, id uuid, subject text, added bigint)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    one record;
    lines bigint[] := '{}';
    actions text[] := '{}';
    ids uuid[] := '{}';
    waits boolean[] := '{}';
    teams uuid[] := '{}';       -- with comes: who is to come into which group
    comes uuid[] := '{}';
    people uuid[];
    others uuid[];
BEGIN
    FOR one IN SELECT * FROM scim.import_groups_planned(of_org, of_run, most) LOOP
        IF one.action = 'alone' THEN
            line := one.line;
            resource := one.resource;
            reference := one.reference;
            members := one.members;
            strangers := one.strangers;
            unknown := one.unknown;
            action := one.action;
            RETURN NEXT;
            CONTINUE;
        END IF;
        lines := lines || one.line;
        actions := actions || one.action;
        ids := ids || one.id;
        waits := waits || (one.action <> 'create' OR one.strangers IS NOT NULL);
        IF one.action = 'create' AND one.strangers IS NULL THEN
            teams := teams || array_fill(one.id, ARRAY[coalesce(cardinality(one.members), 0)]);
            comes := comes || one.members;
        END IF;
    END LOOP;
    IF cardinality(lines) = 0 THEN
        RETURN;
    END IF;
    people := scim.import_people_among(of_org, comes);
    -- Groups among the members can still get another name.
    others := ARRAY(SELECT listed.team FROM unnest(teams, comes) AS listed (team, id)
                     WHERE listed.id NOT IN (SELECT person.id FROM unnest(people) AS person (id)));
    waits := ARRAY(SELECT made.waits OR made.id IN (SELECT other.id FROM unnest(others) AS other (id))
                     FROM unnest(ids, waits) WITH ORDINALITY AS made (id, waits, place)
                    ORDER BY made.place);
    PERFORM scim.import_groups_made(of_org, of_run, lines, actions, ids, waits);
    INSERT INTO scim.group_members (org, group_id, member_id, member_type)
    SELECT DISTINCT of_org, listed.team, listed.id, 'User'
      FROM unnest(teams, comes) AS listed (team, id)
     WHERE listed.team NOT IN (SELECT other.id FROM unnest(others) AS other (id))
     ORDER BY listed.team, listed.id;
    PERFORM scim.import_log_groups(of_org, array_agg(made.id ORDER BY made.place), array_agg('create'::text))
       FROM unnest(ids, waits) WITH ORDINALITY AS made (id, waits, place)
      WHERE NOT made.waits;
    RETURN QUERY
    SELECT made.line, NULL::jsonb, NULL::text, NULL::uuid[], NULL::text[], NULL::text, 'create', made.id,
           team.display_name, team.member_count::bigint
      FROM unnest(lines, ids, waits) AS made (line, id, waits)
     CROSS JOIN LATERAL (SELECT display_name, member_count FROM scim.groups AS known
                          WHERE known.org = of_org AND known.id = made.id LIMIT 1) AS team
     WHERE NOT made.waits
     ORDER BY made.line;
END
$$;
COMMENT ON FUNCTION scim.import_groups_at_once(text, uuid, bigint) IS
    'Makes most of the groups of so many staged records by a few statements, those whose members are all people with these, and is done with them then: a row for each, with the action create. Others wait for scim.import_members. The action alone: not done yet.';

CREATE OR REPLACE FUNCTION scim.import_groups_surely(of_org text, of_run uuid, most bigint)
    RETURNS TABLE (line bigint, resource jsonb, reference text, members uuid[], strangers text[], unknown text,
        action text, id uuid, subject text, added bigint)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    BEGIN
        RETURN QUERY SELECT * FROM scim.import_groups_at_once(of_org, of_run, most);
        RETURN;
    EXCEPTION WHEN integrity_constraint_violation OR data_exception OR program_limit_exceeded OR raise_exception THEN
        NULL;       -- One of them cannot be stored; which one, and why, is told in its turn.
    END;
    RETURN QUERY
    SELECT waiting.*, 'alone', NULL::uuid, NULL::text, NULL::bigint
      FROM scim.import_groups_waiting(of_org, of_run, most) AS waiting;
END
$$;
COMMENT ON FUNCTION scim.import_groups_surely(text, uuid, bigint) IS
    'scim.import_groups_at_once; when the database refuses one of them, all are alone.';

CREATE OR REPLACE FUNCTION scim.import_groups(of_org text, of_run uuid, most bigint)
    RETURNS TABLE (line bigint, resource_type text, action text, id uuid, subject text, reason text, arguments text[],
        resource jsonb, before jsonb)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET enable_seqscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    staged record;
    done record;
BEGIN
    FOR staged IN
        SELECT * FROM scim.import_groups_surely(of_org, of_run, most) AS done ORDER BY done.line
    LOOP
        IF staged.action = 'create' THEN
            RETURN QUERY SELECT staged.line, 'Group', staged.action, staged.id, staged.subject, NULL::text, NULL::text[],
                                jsonb_build_object('added', staged.added, 'removed', 0), NULL::jsonb;
            CONTINUE;
        END IF;
        SELECT * INTO done FROM scim.import_group(of_org, of_run, staged);
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
    'Makes and renames the groups of so many staged records; a row for each that is refused, and for each that is done with. The others go on to scim.import_members.';
