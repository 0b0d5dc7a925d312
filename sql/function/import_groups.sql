-- Import of groups: those of the file, with members, and those that people
-- name. import.sql tells how the parts stand together.

SET LOCAL client_min_messages = warning;

-- Groups ---------------------------------------------------------------------

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
    ), names AS MATERIALIZED (
        -- Groups may stand in any order. All are read, but only where somebody is named who is not here yet.
        SELECT staged.reference AS name, staged.resource ->> 'externalId' AS other,
               scim.fold(staged.resource ->> 'displayName') AS key
          FROM scim.import_staging AS staged
         WHERE staged.org = of_org AND staged.run = of_run AND staged.resource_type = 'Group' AND staged.id IS NULL
    ), listed AS MATERIALIZED (
        -- NOT IN: looked up in a hash table, whatever the plan expects.
        SELECT step.line, member.place, member.name, member.id,
               member.id IS NULL
                   AND member.name NOT IN (SELECT names.name FROM names WHERE names.name IS NOT NULL)
                   AND member.name NOT IN (SELECT names.other FROM names WHERE names.other IS NOT NULL)
                   AND scim.fold(member.name) NOT IN (SELECT names.key FROM names WHERE names.key IS NOT NULL) AS unknown
          FROM step
         CROSS JOIN LATERAL (SELECT named.place, coalesce(named.name, '') AS name, named.id
                               FROM scim.import_members_named(of_org, of_run, step.resource -> 'members') AS named) AS member
    )
    SELECT step.line, step.resource, step.reference, together.members, together.strangers, together.unknown
      FROM step
      LEFT JOIN (SELECT listed.line, array_agg(listed.id) FILTER (WHERE listed.id IS NOT NULL) AS members,
                        array_agg(listed.name) FILTER (WHERE listed.id IS NULL) AS strangers,
                        (array_agg(listed.name ORDER BY listed.place) FILTER (WHERE listed.unknown))[1] AS unknown
                   FROM listed
                  GROUP BY listed.line) AS together ON together.line = step.line
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
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    staged record;
    done record;
BEGIN
    FOR staged IN
        SELECT * FROM scim.import_groups_waiting(of_org, of_run, most)
    LOOP
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
    'Makes and renames the groups of so many staged records; a row for each that is refused. The others go on to scim.import_members.';

CREATE OR REPLACE FUNCTION scim.import_members(of_org text, of_run uuid, most bigint)
    RETURNS TABLE (line bigint, resource_type text, action text, id uuid, subject text, reason text, arguments text[],
        resource jsonb, before jsonb)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET enable_seqscan = off
    SET enable_bitmapscan = off     -- the primary key has them in their order
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    one record;
    came bigint;
    went bigint;
    missing text;
BEGIN
    resource_type := 'Group';
    FOR one IN
        SELECT staged.*, together.members, together.unknown
          FROM (SELECT waiting.line, waiting.resource, waiting.id, waiting.action
                  FROM scim.import_staging AS waiting
                 WHERE waiting.org = of_org AND waiting.run = of_run AND waiting.resource_type = 'Group' AND waiting.id IS NOT NULL
                 ORDER BY waiting.line
                 LIMIT most) AS staged
         CROSS JOIN LATERAL (
                SELECT array_agg(named.id) FILTER (WHERE named.id IS NOT NULL) AS members,
                       min(named.name) FILTER (WHERE named.id IS NULL) AS unknown
                  FROM scim.import_members_named(of_org, of_run, staged.resource -> 'members') AS named) AS together
         ORDER BY staged.id
    LOOP
        came := 0;
        went := 0;
        missing := NULL;
        IF one.resource ? 'members' THEN
            SELECT added, removed, coalesce(one.unknown, written.unknown::text) INTO came, went, missing
              FROM scim.set_group_members(of_org, one.id, array_remove(one.members, one.id)) AS written;
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
        IF missing IS NOT NULL THEN
            -- A group that was to be a member was refused meanwhile, or somebody is gone.
            action := 'refused';
            reason := 'group.unknown_member';
            arguments := ARRAY[missing];
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
    SET jit = off
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
    SET jit = off
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
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    people uuid[];
    last_line bigint;
    gone record;
    team record;
    guarded text;
BEGIN
    SELECT array_agg(waiting.id), max(waiting.line) INTO people, last_line
      FROM (SELECT matches.id, matches.line FROM scim.import_matches AS matches
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
         WHERE matches.org = of_org AND matches.run = of_run AND matches.groups IS NOT NULL AND matches.line <= last_line
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
     WHERE matches.org = of_org AND matches.run = of_run AND matches.groups IS NOT NULL AND matches.line <= last_line;
END
$$;
COMMENT ON FUNCTION scim.import_teams(text, uuid, bigint) IS
    'Puts so many people into the groups that their records name, and out of all others; makes groups that are missing. A row for each group that changed.';

