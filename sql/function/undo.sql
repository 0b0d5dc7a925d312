-- Undo: people, groups and memberships as they were at a time, from audit_events.
--
-- The first event after the time tells what was before: of a person or group
-- its row, or that there was none; of a membership that it came or went.

SET LOCAL client_min_messages = warning;

CREATE OR REPLACE FUNCTION scim.undo_resources(org text, since timestamptz, token uuid)
    RETURNS TABLE (resource_type text, id uuid, name text, was jsonb, last_version bigint)
    LANGUAGE sql STABLE
AS $$
    SELECT (pg_catalog.array_agg(event.resource_type ORDER BY event.seq))[1],
           event.resource_id,
           (pg_catalog.array_agg(event.name ORDER BY event.seq))[1],
           (pg_catalog.array_agg(event.before ORDER BY event.seq))[1],
           pg_catalog.max((event.before ->> 'version')::bigint)
      FROM scim.audit_events AS event
     WHERE event.org = $1 AND event.at > $2 AND ($3 IS NULL OR event.token_id = $3)
       AND event.resource_type IN ('User', 'Group')
       AND event.action NOT IN ('members_added', 'members_removed')
     GROUP BY event.resource_id
$$;
COMMENT ON FUNCTION scim.undo_resources(text, timestamptz, uuid) IS
    'The people and groups that changed since a time (by one token, if it is given), what each was then (NULL: not there), and the last version that clients may have seen.';

CREATE OR REPLACE FUNCTION scim.undo_members(org text, since timestamptz, token uuid)
    RETURNS TABLE (group_id uuid, member_id uuid, was boolean)
    LANGUAGE sql STABLE
AS $$
    SELECT event.resource_id, member.id,
           (pg_catalog.array_agg(event.action ORDER BY event.seq))[1] = 'members_removed'
      FROM scim.audit_events AS event
     CROSS JOIN LATERAL pg_catalog.unnest(event.members) AS member (id)
     WHERE event.org = $1 AND event.at > $2 AND ($3 IS NULL OR event.token_id = $3)
       AND event.action IN ('members_added', 'members_removed')
     GROUP BY event.resource_id, member.id
$$;
COMMENT ON FUNCTION scim.undo_members(text, timestamptz, uuid) IS
    'The memberships that came or went since a time (by one token, if it is given), and whether each was there then.';

CREATE OR REPLACE FUNCTION scim.undo_collisions(org text, since timestamptz, token uuid)
    RETURNS TABLE (resource_type text, id uuid, name text, detail text)
    LANGUAGE sql STABLE
AS $$
    WITH target AS MATERIALIZED (
        SELECT resource_type, id, was, coalesce(was ->> 'display_name', was -> 'resource' ->> 'userName') AS name
          FROM scim.undo_resources($1, $2, $3)
    )
    -- Each name by the index on names, which alone has that order, and the targets in one hash: of an organization
    -- that was just loaded nothing is known yet, and no plan must look for each among all.
    SELECT target.resource_type, target.id, target.name,
           'The name belongs to ' || person.id || ' now, who stays.'
      FROM target
     CROSS JOIN LATERAL (SELECT known.id
                           FROM scim.users AS known
                          WHERE known.org = $1 AND known.user_name_key BETWEEN scim.fold(target.name) AND scim.fold(target.name)
                          ORDER BY known.user_name_key
                          LIMIT 1) AS person
     WHERE target.resource_type = 'User' AND person.id NOT IN (SELECT other.id FROM target AS other)
    UNION ALL
    SELECT target.resource_type, target.id, target.name,
           'The name belongs to ' || team.id || ' now, which stays.'
      FROM target
     CROSS JOIN LATERAL (SELECT known.id
                           FROM scim.groups AS known
                          WHERE known.org = $1 AND known.display_name_key BETWEEN scim.fold(target.name) AND scim.fold(target.name)
                            AND known.unique_name
                          ORDER BY known.display_name_key
                          LIMIT 1) AS team
     WHERE target.resource_type = 'Group' AND team.id NOT IN (SELECT other.id FROM target AS other)
$$;
COMMENT ON FUNCTION scim.undo_collisions(text, timestamptz, uuid) IS
    'People and groups that cannot get back the name they had because one that undo does not touch has it. Possible where the changes of one token are undone.';

-- All of them in a statement each: a bulk load that is taken back is as large as the load was.
CREATE OR REPLACE FUNCTION scim.undo_remove(org text, people uuid[], teams uuid[], since timestamptz) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM scim.groups AS team WHERE team.org = undo_remove.org AND team.id = ANY (teams);
    -- Who is older than that was brought back since, from among those who are kept.
    -- created is rounded to milliseconds: close to that time only the audit tells.
    INSERT INTO scim.deleted_users (org, id, user_name, external_id, resource, account, login_subject,
            linked, last_login, version, created, purge_after)
    SELECT person.org, person.id, person.user_name, person.external_id, person.resource, person.account,
           person.login_subject, person.linked, person.last_login, person.version, person.created,
           clock_timestamp() + make_interval(days => setting.keep_deleted)
      FROM scim.users AS person
      JOIN scim.organization_settings AS setting ON setting.org = person.org
     WHERE person.org = undo_remove.org AND person.id = ANY (people)
       AND (person.created < since - interval '1 second' OR EXISTS (
               SELECT FROM scim.audit_events AS event
                WHERE event.org = undo_remove.org AND event.resource_id = person.id AND event.at <= since))
       AND (setting.on_delete = 'suspend' OR setting.email_change = 'reassign')
        ON CONFLICT DO NOTHING;
    DELETE FROM scim.users AS person WHERE person.org = undo_remove.org AND person.id = ANY (people);
END
$$;
COMMENT ON FUNCTION scim.undo_remove(text, uuid[], uuid[], timestamptz) IS
    'Takes away people and groups that were not there; who had been kept as deleted is kept again.';

CREATE OR REPLACE FUNCTION scim.undo_restore(org text, plan jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO scim.users (org, id, resource, account, login_subject, linked, last_login, removed, protected,
            version, created)
    SELECT undo_restore.org, step.id, was.resource, was.account, was.login_subject, was.linked,
           was.last_login, was.removed, was.protected, step.last_version + 1, was.created
      FROM jsonb_to_recordset(plan) AS step (action text, resource_type text, id uuid, was jsonb, last_version bigint)
     CROSS JOIN LATERAL jsonb_populate_record(NULL::scim.users, step.was) AS was
     WHERE step.action = 'restored' AND step.resource_type = 'User';
    DELETE FROM scim.deleted_users AS kept
     WHERE kept.org = undo_restore.org
       AND kept.id = ANY (ARRAY(SELECT step.id FROM jsonb_to_recordset(plan) AS step (action text, resource_type text, id uuid)
                                 WHERE step.action = 'restored' AND step.resource_type = 'User'));
    INSERT INTO scim.groups (org, id, display_name, external_id, protected, version, created)
    SELECT undo_restore.org, step.id, was.display_name, was.external_id, was.protected, step.last_version + 1, was.created
      FROM jsonb_to_recordset(plan) AS step (action text, resource_type text, id uuid, was jsonb, last_version bigint)
     CROSS JOIN LATERAL jsonb_populate_record(NULL::scim.groups, step.was) AS was
     WHERE step.action = 'restored' AND step.resource_type = 'Group';
END
$$;
COMMENT ON FUNCTION scim.undo_restore(text, jsonb) IS
    'Brings back people, and groups without their members, with the ids that they had; plan is that of scim.undo_plan.';

CREATE OR REPLACE FUNCTION scim.undo_user(org text, id uuid, was scim.users) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- A resource that is silent about active leaves it as it is.
    IF NOT was.resource ? 'active' THEN
        UPDATE scim.users AS person
           SET active = was.active, removed = was.removed
         WHERE person.org = undo_user.org AND person.id = undo_user.id AND person.active <> was.active;
    END IF;
    UPDATE scim.users AS person
       SET resource = was.resource, account = was.account, login_subject = was.login_subject,
           linked = was.linked, removed = was.removed, protected = was.protected,
           last_login = coalesce(person.last_login, was.last_login)
     WHERE person.org = undo_user.org AND person.id = undo_user.id;
    RETURN FOUND;
END
$$;
COMMENT ON FUNCTION scim.undo_user(text, uuid, scim.users) IS
    'Makes a person what the row says; false where the person is gone.';

CREATE OR REPLACE FUNCTION scim.undo_group(org text, id uuid, was scim.groups) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE scim.groups AS team
       SET display_name = was.display_name, external_id = was.external_id, protected = was.protected
     WHERE team.org = undo_group.org AND team.id = undo_group.id;
    RETURN FOUND;
END
$$;
COMMENT ON FUNCTION scim.undo_group(text, uuid, scim.groups) IS
    'Makes a group what the row says, without its members; false where the group is gone.';

CREATE OR REPLACE FUNCTION scim.undo_step_aside(org text, ids uuid[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE scim.users AS person SET user_name = 'undo-' || person.id, account = NULL, login_subject = NULL
     WHERE person.org = undo_step_aside.org AND person.id = ANY (ids);
    UPDATE scim.groups AS team SET display_name = 'undo-' || team.id
     WHERE team.org = undo_step_aside.org AND team.id = ANY (ids);
END
$$;
COMMENT ON FUNCTION scim.undo_step_aside(text, uuid[]) IS
    'Gives people and groups another name, and no account, for the moment, so that these can be exchanged.';

CREATE OR REPLACE FUNCTION scim.undo_plan(org text, since timestamptz, token uuid)
    RETURNS TABLE (action text, resource_type text, id uuid, name text, was jsonb, last_version bigint, aside boolean)
    LANGUAGE sql STABLE
AS $$
    SELECT CASE WHEN target.was IS NULL THEN 'removed'
                WHEN person.id IS NULL AND team.id IS NULL THEN 'restored'
                ELSE 'changed' END,
           target.resource_type, target.id,
           coalesce(target.was ->> 'display_name', target.was -> 'resource' ->> 'userName',
                    person.user_name, team.display_name, target.name),
           target.was, target.last_version,
           target.was IS NOT NULL
               AND (person.user_name_key <> scim.fold(target.was -> 'resource' ->> 'userName')
                    OR (person.account, person.login_subject)
                       IS DISTINCT FROM (user_was.account, user_was.login_subject) AND person.id IS NOT NULL
                    OR team.display_name_key <> scim.fold(target.was ->> 'display_name'))
      FROM scim.undo_resources($1, $2, $3) AS target
      LEFT JOIN scim.users AS person
        ON person.org = $1 AND person.id = target.id
      LEFT JOIN scim.groups AS team
        ON team.org = $1 AND team.id = target.id
     CROSS JOIN LATERAL pg_catalog.jsonb_populate_record(NULL::scim.users, target.was) AS user_was
     CROSS JOIN LATERAL pg_catalog.jsonb_populate_record(NULL::scim.groups, target.was) AS group_was
     WHERE CASE WHEN target.was IS NULL THEN person.id IS NOT NULL OR team.id IS NOT NULL
                WHEN person.id IS NOT NULL
                THEN (person.resource, person.active, person.account, person.login_subject, person.linked,
                      person.removed, person.protected)
                     IS DISTINCT FROM
                     (user_was.resource, user_was.active, user_was.account, user_was.login_subject, user_was.linked,
                      user_was.removed, user_was.protected)
                WHEN team.id IS NOT NULL
                THEN (team.display_name, team.external_id, team.protected)
                     IS DISTINCT FROM (group_was.display_name, group_was.external_id, group_was.protected)
                ELSE true END
     ORDER BY target.resource_type DESC, 4, target.id
$$;
COMMENT ON FUNCTION scim.undo_plan(text, timestamptz, uuid) IS
    'The people and groups that undo restores, removes or changes; aside: whose name or account changes by that.';

CREATE OR REPLACE FUNCTION scim.undo_changes(org text, resource_type text, id uuid, was jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- What undo leaves as it is.
    kept CONSTANT text[] := '{resource,last_login,version,created}';
    now jsonb;
BEGIN
    SELECT scim.audit_person(person.resource, person.active, person.account, person.login_subject, person.linked,
               person.last_login, person.removed, person.protected, person.version, person.created) INTO now
      FROM scim.users AS person
     WHERE resource_type = 'User' AND person.org = undo_changes.org AND person.id = undo_changes.id;
    IF resource_type = 'Group' THEN
        SELECT scim.audit_group(team.display_name, team.external_id, team.protected, team.version, team.created) INTO now
          FROM scim.groups AS team
         WHERE team.org = undo_changes.org AND team.id = undo_changes.id;
    END IF;
    -- What is nowhere and what is null are the same.
    RETURN scim.import_changes(
        jsonb_strip_nulls((now - kept) || coalesce(now -> 'resource', '{}')),
        jsonb_strip_nulls((was - kept) || coalesce(was -> 'resource', '{}')));
END
$$;
COMMENT ON FUNCTION scim.undo_changes(text, text, uuid, jsonb) IS
    'What undo changes of a person or group who is there: an object of attributes, each with what it is now and what it becomes.';

CREATE OR REPLACE FUNCTION scim.undo_apply(org text, since timestamptz, plan jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    step record;
BEGIN
    -- New ones first: who was deleted and created again has the name of the one before.
    PERFORM scim.undo_remove(org,
        ARRAY(SELECT id FROM jsonb_to_recordset(plan) AS gone (action text, resource_type text, id uuid)
               WHERE action = 'removed' AND resource_type = 'User'),
        ARRAY(SELECT id FROM jsonb_to_recordset(plan) AS gone (action text, resource_type text, id uuid)
               WHERE action = 'removed' AND resource_type = 'Group'), since);
    PERFORM scim.undo_step_aside(org, ARRAY(
        SELECT aside.id FROM jsonb_to_recordset(plan) AS aside (id uuid, aside boolean) WHERE aside.aside));
    PERFORM scim.undo_restore(org, plan);
    FOR step IN
        SELECT * FROM jsonb_to_recordset(plan)
            AS (action text, resource_type text, id uuid, was jsonb, last_version bigint)
         WHERE action = 'changed'
    LOOP
        -- Whom somebody deletes at this moment is brought back.
        IF NOT (CASE step.resource_type
                WHEN 'User' THEN scim.undo_user(org, step.id, jsonb_populate_record(NULL::scim.users, step.was))
                ELSE scim.undo_group(org, step.id, jsonb_populate_record(NULL::scim.groups, step.was)) END) THEN
            PERFORM scim.undo_restore(org, jsonb_build_array(to_jsonb(step) || '{"action": "restored"}'));
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION scim.undo_apply(text, timestamptz, jsonb) IS
    'Does what scim.undo_plan says, given as a JSON array of its rows.';

CREATE OR REPLACE FUNCTION scim.undo_members_plan(org text, since timestamptz, token uuid, plan jsonb)
    RETURNS TABLE (group_id uuid, member_id uuid, member_type text, was boolean)
    LANGUAGE sql STABLE
AS $$
    WITH resource AS MATERIALIZED (
        -- Who is there in the end: of those that undo touches as the plan says, else as it is.
        SELECT id, resource_type, action <> 'removed' AS stays
          FROM pg_catalog.jsonb_to_recordset($4) AS (action text, resource_type text, id uuid)
    ), membership AS MATERIALIZED (
        SELECT touched.group_id, touched.member_id, touched.was,
               present.member_type AS type,
               coalesce(member.resource_type, CASE WHEN person.id IS NOT NULL THEN 'User'
                                                   WHEN subgroup.id IS NOT NULL THEN 'Group' END) AS found,
               coalesce(team.stays, holder.id IS NOT NULL) AND coalesce(member.stays, true) AS stays
          FROM scim.undo_members($1, $2, $3) AS touched
          LEFT JOIN scim.group_members AS present
            ON present.org = $1 AND present.group_id = touched.group_id AND present.member_id = touched.member_id
          LEFT JOIN resource AS team ON team.id = touched.group_id
          LEFT JOIN resource AS member ON member.id = touched.member_id
          LEFT JOIN scim.groups AS holder ON holder.org = $1 AND holder.id = touched.group_id
          LEFT JOIN scim.users AS person ON person.org = $1 AND person.id = touched.member_id
          LEFT JOIN scim.groups AS subgroup ON subgroup.org = $1 AND subgroup.id = touched.member_id
    )
    SELECT group_id, member_id, coalesce(type, found), was
      FROM membership
     WHERE was <> (type IS NOT NULL)
       AND (NOT was OR (stays AND found IS NOT NULL))
$$;
COMMENT ON FUNCTION scim.undo_members_plan(text, timestamptz, uuid, jsonb) IS
    'The memberships that undo adds (was) or takes away; plan is that of people and groups.';

CREATE OR REPLACE FUNCTION scim.undo_members_shown(org text, plan jsonb, members jsonb)
    RETURNS TABLE (action text, resource_type text, id uuid, name text, detail text)
    LANGUAGE sql STABLE
AS $$
    SELECT 'members', 'Group', change.group_id,
           coalesce(pg_catalog.min(step.name), pg_catalog.min(team.display_name)),
           pg_catalog.format('+%s -%s', count(*) FILTER (WHERE change.was), count(*) FILTER (WHERE NOT change.was))
      FROM pg_catalog.jsonb_to_recordset($3) AS change (group_id uuid, was boolean)
      LEFT JOIN pg_catalog.jsonb_to_recordset($2) AS step (id uuid, name text) ON step.id = change.group_id
      LEFT JOIN scim.groups AS team ON team.org = $1 AND team.id = change.group_id
     GROUP BY change.group_id
     ORDER BY 4, 3
$$;
COMMENT ON FUNCTION scim.undo_members_shown(text, jsonb, jsonb) IS
    'How many members each group gets back and loses, from the plans of undo.';

CREATE OR REPLACE FUNCTION scim.undo_members_apply(org text, members jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM scim.group_members AS membership
     USING jsonb_to_recordset(members) AS change (group_id uuid, member_id uuid, was boolean)
     WHERE membership.org = undo_members_apply.org AND NOT change.was
       AND membership.group_id = change.group_id AND membership.member_id = change.member_id;
    INSERT INTO scim.group_members (org, group_id, member_id, member_type)
    SELECT undo_members_apply.org, change.group_id, change.member_id, change.member_type
      FROM jsonb_to_recordset(members) AS change (group_id uuid, member_id uuid, member_type text, was boolean)
     WHERE change.was
     ORDER BY change.group_id, change.member_id
        ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION scim.undo_members_apply(text, jsonb) IS 'Does what scim.undo_members_plan says.';

-- A token that a query did not find must not mean everybody.
CREATE OR REPLACE FUNCTION scim.undo_token(of_org text, word text) RETURNS uuid
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found uuid[];
BEGIN
    IF word = 'any' THEN
        RETURN NULL;
    END IF;
    -- Of a token that is gone the audit still tells.
    SELECT array_agg(DISTINCT known.id) INTO found
      FROM (SELECT id FROM scim.tokens WHERE org = of_org
            UNION ALL
            SELECT token_id FROM scim.audit_events WHERE org = of_org AND token_id = scim.uuid_of(word)) AS known
     WHERE length(word) >= 4 AND starts_with(known.id::text, lower(word));
    IF cardinality(found) = 1 THEN
        RETURN found[1];
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'invalid_parameter_value',
        MESSAGE = format('There is no token "%s" of %s, or more than one.', word, of_org),
        HINT = 'It is an id of `scimlet token list`, or its first characters, at least 4; any: whoever did it.';
END
$$;
COMMENT ON FUNCTION scim.undo_token(text, text) IS
    'The token that undo is about, by its id or how that begins; NULL: any. An error (22023) where there is none.';

CREATE OR REPLACE FUNCTION scim.undo(org text, since timestamptz, token text DEFAULT 'any', dry_run boolean DEFAULT true)
    RETURNS TABLE (action text, resource_type text, id uuid, name text, detail text)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    -- So that what is set below ends with the call; without nested loops PostgreSQL believes in costs that it
    -- would compile for.
    SET enable_nestloop = on
    SET jit = off
AS $$
DECLARE
    one CONSTANT uuid := scim.undo_token(org, token);
    nested CONSTANT text := (SELECT CASE WHEN sum(greatest(cardinality(event.members), 1)) > 1000 THEN 'off' ELSE 'on' END
                               FROM scim.audit_events AS event WHERE event.org = undo.org AND event.at > since);
    plan jsonb;
    members jsonb;
BEGIN
    PERFORM scim.known_organization(undo.org);
    IF since IS NULL THEN
        PERFORM scim.refuse_argument('Undo needs a time to go back to: since is NULL.');
    END IF;
    RETURN QUERY SELECT 'expired', 'Organization', NULL::uuid, undo.org, scim.utc(kept.first)
                   FROM scim.audit_from(undo.org) AS kept (first)
                  WHERE since < kept.first;
    IF FOUND THEN
        RETURN;
    END IF;
    -- Of an organization that was just loaded the planner expects a row, and would look for each among all.
    PERFORM set_config('enable_nestloop', nested, true);
    RETURN QUERY SELECT 'collision', found.resource_type, found.id, found.name, found.detail
                   FROM scim.undo_collisions(undo.org, since, one) AS found;
    IF FOUND THEN
        RETURN;
    END IF;
    SELECT coalesce(jsonb_agg(to_jsonb(step)), '[]') INTO plan
      FROM scim.undo_plan(undo.org, since, one) AS step;
    SELECT coalesce(jsonb_agg(to_jsonb(membership)), '[]') INTO members
      FROM scim.undo_members_plan(undo.org, since, one, plan) AS membership;
    -- What follows looks for one row each, which nested loops are for.
    PERFORM set_config('enable_nestloop', 'on', true);
    RETURN QUERY SELECT step.action, step.resource_type, step.id, step.name,
                        CASE WHEN step.action = 'changed'
                             THEN scim.undo_changes(undo.org, step.resource_type, step.id, step.was)::text END
                   FROM jsonb_to_recordset(plan)
                     AS step (action text, resource_type text, id uuid, name text, was jsonb);
    RETURN QUERY SELECT * FROM scim.undo_members_shown(undo.org, plan, members);
    IF dry_run THEN
        RETURN;
    END IF;
    PERFORM set_config('application_name', 'scimlet undo', true), set_config('scim.restoring', 'on', true);
    PERFORM scim.undo_apply(undo.org, since, plan);
    PERFORM set_config('enable_nestloop', nested, true);
    PERFORM scim.undo_members_apply(undo.org, members);
    PERFORM set_config('scim.restoring', 'off', true);
END
$$;
COMMENT ON FUNCTION scim.undo(text, timestamptz, text, boolean) IS
    'Puts people, groups and memberships back to how they were at that time, and says what that changes: whom it restores, removes and changes (detail: JSON, each attribute with what it is now and what it becomes), and the members of each group (detail: +2 -1). Only what one token did, where token is its id or how that begins (any: whoever did it; NULL is an error, not everybody); undone where dry_run is false. Errors: P0002 no such organization, 42501 the session works on another one, 22023 no such token or no time. A collision, or expired (a time from which the audit may be pruned; detail: from when on it is complete): nothing is done.';
