-- What was: the history of a person, and people, groups and members as they
-- were at a time, from audit_events; and who belongs to a group through others.

SET LOCAL client_min_messages = warning;

-- History -------------------------------------------------------------------

CREATE OR REPLACE FUNCTION scim.events_of_member(of_org text, ids uuid[])
    RETURNS TABLE (at timestamptz, seq bigint, token_id uuid, actor text, application text, action text, group_id uuid,
                   group_name text, request_id text)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT event.at, event.seq, event.token_id, event.actor, event.application,
           CASE event.action WHEN 'members_added' THEN 'joined' ELSE 'left' END,
           event.resource_id,
           -- The last members leave a group when it is gone; what it was called is told by its other events.
           coalesce(event.name, (SELECT told.name FROM scim.audit_events AS told
                                  WHERE told.org = of_org AND told.resource_id = event.resource_id AND told.name IS NOT NULL
                                  ORDER BY told.at DESC LIMIT 1),
                    event.resource_id::text)::text,
           event.request_id::text
      FROM scim.audit_events AS event
     WHERE event.org = of_org AND event.members && ids AND event.members IS NOT NULL;
END
$$;
COMMENT ON FUNCTION scim.events_of_member(text, uuid[]) IS
    'Internal: when people came into groups and left them, from the events of the groups. Behind the fence (scim_service) it reads all events of the organization: beside row-level security no index finds what an array holds.';

CREATE OR REPLACE FUNCTION scim.history_ids(of_org text, person text) RETURNS uuid[]
    LANGUAGE sql STABLE
AS $$
    SELECT ARRAY(
        SELECT pg_catalog.unnest(scim.ids_called($1, $2))
        UNION
        SELECT gone.resource_id
          FROM scim.audit_events AS gone
         WHERE gone.org = $1 AND gone.action = 'deleted' AND gone.resource_type = 'User' AND scim.fold(gone.name) = scim.fold($2)
        UNION
        SELECT gone.resource_id
          FROM scim.audit_events AS gone
         WHERE gone.org = $1 AND gone.action = 'deleted' AND gone.resource_type = 'User' AND gone.resource_id = scim.uuid_of($2))
$$;
COMMENT ON FUNCTION scim.history_ids(text, text) IS
    'Internal: the people of an id, userName or externalId, or who had the userName when they were deleted.';

CREATE OR REPLACE FUNCTION scim.history(org text, person text)
    RETURNS TABLE (at timestamptz, action text, who text, name text, changed text, request_id text)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    request_before CONSTANT text := scim.call_begin(org);
    of_org CONSTANT text := org;
    ids CONSTANT uuid[] := scim.history_ids(of_org, person);
BEGIN
    RETURN QUERY
    WITH told AS (
        SELECT event.at, event.seq, event.token_id, event.actor, event.application, event.action, event.name, event.request_id,
               (SELECT string_agg(format('%s: %s -> %s', key, coalesce(old.value::text, '-'), coalesce(new.value::text, '-')),
                                  '; ' ORDER BY key)
                  FROM jsonb_each((event.before - 'resource') || (event.before -> 'resource')) AS old
                  FULL JOIN jsonb_each((event.after - 'resource') || (event.after -> 'resource')) AS new USING (key)
                 WHERE event.before IS NOT NULL AND event.after IS NOT NULL
                   AND key NOT IN ('version', 'schemas')
                   AND old.value IS DISTINCT FROM new.value) AS changed
          FROM scim.audit_events AS event
         WHERE event.org = of_org AND event.resource_id = ANY (ids) AND event.resource_type = 'User'
        UNION ALL
        SELECT event.at, event.seq, event.token_id, event.actor, event.application, event.action, NULL, event.request_id,
               format(CASE event.action WHEN 'joined' THEN 'groups: - -> %s' ELSE 'groups: %s -> -' END, to_json(event.group_name))
          FROM scim.events_of_member(of_org, ids) AS event
    )
    SELECT told.at,
           told.action::text,
           coalesce((SELECT 'token ' || token.label || ' ...' || token.last_four
                       FROM scim.tokens AS token
                      WHERE token.org = of_org AND token.id = told.token_id),
                    told.actor || ' (' || coalesce(nullif(told.application, ''), 'SQL') || ')'),
           -- A group does not tell what its members were called: as they were in the event before.
           coalesce(told.name, (SELECT before.name FROM told AS before
                                 WHERE before.name IS NOT NULL AND (before.at, before.seq) < (told.at, told.seq)
                                 ORDER BY before.at DESC, before.seq DESC LIMIT 1))::text,
           told.changed,
           told.request_id::text
      FROM told
     ORDER BY told.at, told.seq;
    PERFORM scim.call_end(request_before);
END
$$;
COMMENT ON FUNCTION scim.history(text, text) IS
    'What changed about a person, oldest first, also of one who is gone. Arguments: org; person: id, userName or externalId (of who is gone: id or the last userName). Result: at; action: as in audit_events, and joined and left of groups (directly); who: token or session user; name: userName at the time; changed: each attribute, from what to what, and groups by displayName; request_id: as in request_log. No row: nothing is known. Errors: P0002 no such organization, 42501 the transaction works on another one.';

-- As of ---------------------------------------------------------------------

CREATE OR REPLACE FUNCTION scim.as_of_begin(of_org text, at timestamptz) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    request_before CONSTANT text := scim.call_begin(of_org);
    first CONSTANT timestamptz := scim.audit_from(of_org);
BEGIN
    IF at IS NULL OR at < first THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('How "%s" was at %s is not known: its history of changes begins at %s.',
                             of_org, coalesce(scim.utc(at), 'no time'), scim.utc(first)),
            HINT = 'keep_audit says for how long it is kept; `scimlet prune --older-than` may have removed more.';
    END IF;
    RETURN request_before;
END
$$;
COMMENT ON FUNCTION scim.as_of_begin(text, timestamptz) IS
    'scim.call_begin for a question about a time; an error (22023) where the audit does not reach back to it.';

CREATE OR REPLACE FUNCTION scim.people_then(of_org text, at timestamptz)
    RETURNS TABLE (id uuid, was jsonb)
    LANGUAGE sql STABLE
AS $$
    WITH touched AS MATERIALIZED (
        SELECT id, was FROM scim.undo_resources($1, $2, NULL) WHERE resource_type = 'User'
    )
    SELECT touched.id, touched.was FROM touched WHERE touched.was IS NOT NULL
    UNION ALL
    SELECT person.id,
           scim.audit_person(person.resource, person.active, person.account, person.login_subject, person.linked,
               person.last_login, person.removed, person.protected, person.version, person.created)
      FROM scim.users AS person
      LEFT JOIN touched ON touched.id = person.id
     -- Who is older than the audit has no event.
     WHERE person.org = $1 AND person.created <= $2 AND touched.id IS NULL
$$;
COMMENT ON FUNCTION scim.people_then(text, timestamptz) IS
    'The people of an organization at a time, each as audit_events.before would show it.';

CREATE OR REPLACE FUNCTION scim.groups_then(of_org text, at timestamptz)
    RETURNS TABLE (id uuid, was jsonb)
    LANGUAGE sql STABLE
AS $$
    WITH touched AS MATERIALIZED (
        SELECT id, was FROM scim.undo_resources($1, $2, NULL) WHERE resource_type = 'Group'
    )
    SELECT touched.id, touched.was FROM touched WHERE touched.was IS NOT NULL
    UNION ALL
    SELECT team.id, scim.audit_group(team.display_name, team.external_id, team.protected, team.version, team.created)
      FROM scim.groups AS team
      LEFT JOIN touched ON touched.id = team.id
     WHERE team.org = $1 AND team.created <= $2 AND touched.id IS NULL
$$;
COMMENT ON FUNCTION scim.groups_then(text, timestamptz) IS
    'The groups of an organization at a time, each as audit_events.before would show it.';

CREATE OR REPLACE FUNCTION scim.members_then(of_org text, at timestamptz)
    RETURNS TABLE (group_id uuid, member_id uuid)
    LANGUAGE sql STABLE
AS $$
    WITH touched AS MATERIALIZED (
        SELECT * FROM scim.undo_members($1, $2, NULL)
    )
    SELECT touched.group_id, touched.member_id FROM touched WHERE touched.was
    UNION ALL
    SELECT member.group_id, member.member_id
      FROM scim.group_members AS member
      LEFT JOIN touched ON touched.group_id = member.group_id AND touched.member_id = member.member_id
     WHERE member.org = $1 AND touched.member_id IS NULL
$$;
COMMENT ON FUNCTION scim.members_then(text, timestamptz) IS 'The memberships of an organization at a time.';

CREATE OR REPLACE FUNCTION scim.as_of(org text, at timestamptz)
    RETURNS TABLE (id uuid, user_name text, external_id text, display_name text, active boolean, status text, account text,
                   version bigint, resource jsonb)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    request_before CONSTANT text := scim.as_of_begin(org, at);
BEGIN
    RETURN QUERY
    SELECT person.id,
           person.was -> 'resource' ->> 'userName',
           person.was -> 'resource' ->> 'externalId',
           person.was -> 'resource' ->> 'displayName',
           (person.was -> 'active')::boolean,
           -- As the column of scim.users.
           CASE WHEN (person.was -> 'removed')::boolean THEN 'removed'
                WHEN NOT (person.was -> 'active')::boolean THEN 'suspended'
                WHEN person.was ->> 'account' IS NOT NULL THEN 'active'
                ELSE 'provisioned' END,
           person.was ->> 'account',
           (person.was ->> 'version')::bigint,
           person.was -> 'resource'
      FROM scim.people_then(as_of.org, as_of.at) AS person
     ORDER BY scim.fold(person.was -> 'resource' ->> 'userName'), person.id;
    PERFORM scim.call_end(request_before);
END
$$;
COMMENT ON FUNCTION scim.as_of(text, timestamptz) IS
    'The people of an organization as they were at a time, by userName. Arguments: org; at: no longer ago than keep_audit days, and than `scimlet prune --older-than` left. Result: columns as of scim.users. Errors: 22023 at is too long ago, P0002 no such organization, 42501 the transaction works on another one.';

CREATE OR REPLACE FUNCTION scim.as_of_groups(org text, at timestamptz)
    RETURNS TABLE (id uuid, display_name text, external_id text, members uuid[])
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    request_before CONSTANT text := scim.as_of_begin(org, at);
BEGIN
    RETURN QUERY
    WITH membership AS MATERIALIZED (
        SELECT listed.group_id, array_agg(listed.member_id ORDER BY listed.member_id) AS ids
          FROM scim.members_then(as_of_groups.org, as_of_groups.at) AS listed
         GROUP BY listed.group_id
    )
    SELECT team.id, team.was ->> 'display_name', team.was ->> 'external_id', coalesce(membership.ids, '{}')
      FROM scim.groups_then(as_of_groups.org, as_of_groups.at) AS team
      LEFT JOIN membership ON membership.group_id = team.id
     ORDER BY scim.fold(team.was ->> 'display_name'), team.id;
    PERFORM scim.call_end(request_before);
END
$$;
COMMENT ON FUNCTION scim.as_of_groups(text, timestamptz) IS
    'The groups of an organization as they were at a time, by displayName, with the ids of their members. Arguments and errors: as scim.as_of.';

CREATE OR REPLACE FUNCTION scim.as_of_members(org text, of_group text, at timestamptz)
    RETURNS TABLE (id uuid, type text, name text)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    request_before CONSTANT text := scim.as_of_begin(org, at);
    of_org CONSTANT text := org;
    team uuid[];
BEGIN
    team := ARRAY(SELECT known.id FROM scim.groups_then(of_org, as_of_members.at) AS known
                   WHERE known.id = scim.uuid_of(of_group)
                      OR scim.fold(known.was ->> 'display_name') = scim.fold(of_group));
    IF cardinality(team) <> 1 THEN
        PERFORM scim.refuse_call(of_org, 'raise', 'read', 'Group', NULL, NULL,
            CASE WHEN cardinality(team) = 0 THEN 'group.unknown_then' ELSE 'group.ambiguous' END,
            ARRAY[of_group, CASE WHEN cardinality(team) = 0 THEN scim.utc(as_of_members.at) ELSE array_to_string(team, ', ') END]);
    END IF;
    RETURN QUERY
    SELECT member.member_id,
           CASE WHEN subgroup.id IS NULL THEN 'User' ELSE 'Group' END,
           coalesce(person.was -> 'resource' ->> 'userName', subgroup.was ->> 'display_name')
      FROM scim.members_then(of_org, as_of_members.at) AS member
      LEFT JOIN scim.people_then(of_org, as_of_members.at) AS person ON person.id = member.member_id
      LEFT JOIN scim.groups_then(of_org, as_of_members.at) AS subgroup ON subgroup.id = member.member_id
     WHERE member.group_id = team[1]
     ORDER BY subgroup.id IS NOT NULL,
              scim.fold(coalesce(person.was -> 'resource' ->> 'userName', subgroup.was ->> 'display_name')), member.member_id;
    PERFORM scim.call_end(request_before);
END
$$;
COMMENT ON FUNCTION scim.as_of_members(text, text, timestamptz) IS
    'The direct members of a group as they were at a time. Arguments: org; of_group: id, or displayName at that time; at: no longer ago than keep_audit days, and than `scimlet prune --older-than` left. Result: id; type: User or Group; name: userName or displayName at that time. Errors: as scim.as_of; SC404 no such group then, SC409 more than one.';

-- Through groups in groups --------------------------------------------------

CREATE OR REPLACE FUNCTION scim.effective_members(org text, of_group text)
    RETURNS TABLE (id uuid, user_name text, display_name text, status text, type text, via text[])
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    request_before CONSTANT text := scim.call_begin(org);
    of_org CONSTANT text := org;
    top record;
BEGIN
    SELECT * INTO top FROM scim.find_group(of_org, of_group);
    IF top.reason IS NOT NULL THEN
        PERFORM scim.refuse_call(of_org, 'raise', 'read', 'Group', NULL, NULL, top.reason, top.arguments);
    END IF;
    RETURN QUERY
    -- UNION (not ALL) ends cycles: a group that was seen with the same type is not followed again.
    WITH RECURSIVE below (group_id, type) AS (
        SELECT top.group_id, 'direct'
        UNION
        SELECT member.subgroup_id, 'indirect'
          FROM below
          JOIN scim.group_members AS member
            ON member.org = of_org AND member.group_id = below.group_id AND member.subgroup_id IS NOT NULL
    ), taken AS (
        SELECT member.user_id, min(below.type) AS type, array_agg(DISTINCT team.display_name::text) AS via
          FROM below
          JOIN scim.groups AS team ON team.org = of_org AND team.id = below.group_id
          JOIN scim.group_members AS member ON member.org = of_org AND member.group_id = below.group_id
         WHERE member.user_id IS NOT NULL
         GROUP BY member.user_id
    )
    SELECT person.id, person.user_name::text, person.display_name::text, person.status::text, taken.type, taken.via
      FROM taken
      JOIN scim.users AS person ON person.org = of_org AND person.id = taken.user_id
     ORDER BY person.user_name_key;
    PERFORM scim.call_end(request_before);
END
$$;
COMMENT ON FUNCTION scim.effective_members(text, text) IS
    'The people of a group, direct and through groups that are members of it, each once; cycles end. Arguments: org; of_group: id or displayName. Result: id, user_name, display_name, status; type: direct or indirect (who is both is direct); via: the groups that they are direct members of. Errors: SC404 no such group, SC409 more than one, P0002 no such organization, 42501 the transaction works on another one.';

CREATE OR REPLACE FUNCTION scim.effective_groups(org text, person text)
    RETURNS TABLE (id uuid, display_name text, type text, hidden boolean)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    request_before CONSTANT text := scim.call_begin(org);
    of_org CONSTANT text := org;
    whom record;
BEGIN
    SELECT * INTO whom FROM scim.find_person(of_org, person);
    IF whom.reason IS NOT NULL THEN
        PERFORM scim.refuse_call(of_org, 'raise', 'read', 'User', NULL, NULL, whom.reason, whom.arguments);
    END IF;
    RETURN QUERY
    SELECT team.id, team.display_name::text, member.type, team.hidden
      FROM scim.memberships_of(of_org, whom.person_id) AS member
     -- LIMIT keeps the planner from reading all groups because it expects many memberships.
     CROSS JOIN LATERAL (SELECT * FROM scim.groups AS known
                          WHERE known.org = of_org AND known.id = member.group_id LIMIT 1) AS team
     ORDER BY team.display_name_key, team.id;
    PERFORM scim.call_end(request_before);
END
$$;
COMMENT ON FUNCTION scim.effective_groups(text, text) IS
    'The groups of a person, direct and through groups that these are members of, each once; cycles end. Arguments: org; person: id, userName, externalId or email. Result: id, display_name; type: direct or indirect (what is both is direct); hidden: the application does not see it. Errors: SC404 nobody, SC409 more than one, P0002 no such organization, 42501 the transaction works on another one.';
