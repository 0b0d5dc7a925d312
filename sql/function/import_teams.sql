-- Import of groups that people name: the column "groups" of their records.
-- import.sql tells how the parts stand together.

SET LOCAL client_min_messages = warning;

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
            PERFORM scim.import_log_groups(of_org, ARRAY[import_missing_teams.id], '{create}');
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
            PERFORM scim.import_log_groups(of_org, ARRAY[team.id], '{update}');
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
