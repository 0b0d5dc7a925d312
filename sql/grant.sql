-- Who may do what: re-runnable, the last file of every upgrade.
--
-- The owner of the schema tells the mode (role.sql). In one-role mode nothing
-- is granted to anybody: the owner does everything, and roles of these names
-- may belong to another customer of the cluster.

REVOKE ALL ON SCHEMA scim FROM PUBLIC;
REVOKE ALL ON ALL TABLES    IN SCHEMA scim FROM PUBLIC;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA scim FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA scim FROM PUBLIC;
-- Policies call it as who asks, whoever that is; it only says what is missing.
GRANT EXECUTE ON FUNCTION scim.no_organization() TO PUBLIC;

-- Rows of the organization that was named. Migrations made these policies without
-- the words for who forgot to name one.
--
-- Rows of more than one organization: with three roles, for the owner and the
-- reader; with one role, for who says SET scim.org = '*'.
DO $$
DECLARE
    owner CONSTANT name := (SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'scim');
    three_roles CONSTANT boolean := owner = 'scim_owner';
    named CONSTANT text := 'coalesce(current_setting(''scim.org'', true), scim.no_organization())';
    fenced regclass;
BEGIN
    FOR fenced IN
        SELECT oid FROM pg_class
         WHERE relnamespace = 'scim'::regnamespace AND relrowsecurity AND NOT relispartition
    LOOP
        EXECUTE format('ALTER POLICY organization ON %s USING (org = %s) WITH CHECK (org = %2$s)', fenced, named);
        EXECUTE format('COMMENT ON POLICY organization ON %s IS %L', fenced,
            'Only the organization that was named: SET scim.org = ''acme'', or SET LOCAL for a transaction.');
        EXECUTE format('DROP POLICY IF EXISTS every_organization ON %s', fenced);
        EXECUTE format('DROP POLICY IF EXISTS reader ON %s', fenced);
        IF three_roles THEN
            EXECUTE format('CREATE POLICY every_organization ON %s TO scim_owner USING (true) WITH CHECK (true)', fenced);
            EXECUTE format('CREATE POLICY reader ON %s FOR SELECT TO scim_reader USING (true)', fenced);
            EXECUTE format('COMMENT ON POLICY reader ON %s IS %L', fenced,
                'Reports read every organization.');
            EXECUTE format('COMMENT ON POLICY every_organization ON %s IS %L', fenced,
                'Administration works on every organization.');
        ELSE
            EXECUTE format('CREATE POLICY every_organization ON %s USING (%s = ''*'') WITH CHECK (%2$s = ''*'')', fenced, named);
            EXECUTE format('COMMENT ON POLICY every_organization ON %s IS %L', fenced,
                'One-role mode: administration says SET scim.org = ''*''.');
        END IF;
    END LOOP;
END
$$;

DO $$
BEGIN
    IF (SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'scim') <> 'scim_owner' THEN
        RETURN;
    END IF;
    ALTER DEFAULT PRIVILEGES FOR ROLE scim_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
    REVOKE ALL ON ALL TABLES    IN SCHEMA scim FROM scim_service, scim_reader;
    REVOKE ALL ON ALL SEQUENCES IN SCHEMA scim FROM scim_service, scim_reader;
    REVOKE ALL ON ALL FUNCTIONS IN SCHEMA scim FROM scim_service, scim_reader;

    GRANT USAGE ON SCHEMA scim TO scim_service, scim_reader;
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA scim TO scim_service;
    -- Administration (admin.sql) is the owner's.
    REVOKE EXECUTE ON FUNCTION scim.create_organization(text, text), scim.delete_organization(text), scim.erase(text, text),
        scim.create_token(text, text, text[], interval), scim.make_token(text, text, text[], timestamptz),
        scim.replace_token(text, uuid, interval, interval), scim.swap_token(text, uuid, interval, timestamptz),
        scim.revoke_token(text, uuid), scim.set_settings(text, jsonb), scim.write_settings(text, jsonb) FROM scim_service;
    -- Of no use to who may not touch what they work on.
    REVOKE EXECUTE ON FUNCTION scim.check(text, integer), scim.import(text, text, boolean), scim.prune(timestamptz, boolean) FROM scim_service;
    -- It reads the catalogue only.
    GRANT SELECT ON scim.api TO scim_service, scim_reader;
    GRANT EXECUTE ON FUNCTION scim.fold(text), scim.token_state(timestamptz, timestamptz) TO scim_reader;
    GRANT EXECUTE ON FUNCTION scim.why(text, text), scim.why_here(text, text, uuid, text), scim.why_not_here(text, text),
        scim.why_gone(text, text), scim.why_refused_unnamed(text, text), scim.why_connection(text, text),
        scim.why_since(text, uuid), scim.event_told(scim.audit_events), scim.why_group(text, text), scim.why_story(text, text, uuid), scim.log_of(text, text, text), scim.people_called(text, text),
        scim.sentence(text, text[]), scim.advice(text, text), scim.advice_for(text, text, text), scim.idp_of(text), scim.utc(timestamptz)
        TO scim_reader;

    -- What the reader asks of the API (api.sql, history.sql), and what that calls as who asks.
    GRANT EXECUTE ON FUNCTION scim.history(text, text), scim.history_ids(text, text), scim.events_of_member(text, uuid[]), scim.as_of(text, timestamptz), scim.as_of_groups(text, timestamptz),
        scim.as_of_members(text, text, timestamptz), scim.effective_members(text, text), scim.effective_groups(text, text), scim.settings_of(text),
        scim.call_begin(text), scim.known_organization(text), scim.call_end(text), scim.as_of_begin(text, timestamptz), scim.audit_from(text),
        scim.refuse_call(text, text, text, text, uuid, jsonb, text, text[], text),
        scim.uuid_of(text), scim.ids_called(text, text), scim.find_person(text, text), scim.find_group(text, text),
        scim.people_then(text, timestamptz), scim.groups_then(text, timestamptz), scim.members_then(text, timestamptz),
        scim.undo_resources(text, timestamptz, uuid), scim.undo_members(text, timestamptz, uuid),
        scim.audit_person(jsonb, boolean, text, text, timestamptz, timestamptz, boolean, boolean, bigint, timestamptz),
        scim.audit_group(text, text, boolean, bigint, timestamptz), scim.memberships_of(text, uuid)
        TO scim_reader;

    -- user_emails: written by the triggers of users, which run as who writes users.
    GRANT SELECT, INSERT, UPDATE, DELETE
        ON scim.users, scim.groups, scim.group_members TO scim_service;
    GRANT SELECT, INSERT, DELETE ON scim.user_emails, scim.indexed_values TO scim_service;
    -- Likewise written by triggers of users and groups.
    GRANT SELECT, INSERT, UPDATE ON scim.resource_counts TO scim_service;
    GRANT SELECT, INSERT, UPDATE ON scim.list_anchors TO scim_service;
    GRANT SELECT, INSERT, DELETE ON scim.deleted_users TO scim_service;
    -- The log grows and is read; nobody but the owner takes anything out of it.
    GRANT SELECT, INSERT ON scim.request_log, scim.audit_events TO scim_service;
    GRANT USAGE ON SEQUENCE scim.audit_events_seq TO scim_service;
    GRANT SELECT, INSERT, UPDATE
        ON scim.lookups, scim.refused_callers, scim.milestones, scim.guards TO scim_service;
    -- Who follows the log says so, whatever else the login may do.
    GRANT SELECT, INSERT, UPDATE, DELETE ON scim.watchers TO scim_service, scim_reader;
    GRANT SELECT
        ON scim.schema_version, scim.organizations, scim.organization_settings, scim.tokens,
           scim.cursor_keys, scim.indexed_attributes, scim.group_mappings, scim.reasons, scim.schema_attributes
        TO scim_service;
    GRANT UPDATE (last_used, last_used_address, last_used_agent) ON scim.tokens TO scim_service;

    GRANT SELECT
        ON scim.schema_version, scim.organizations, scim.organization_settings,
           scim.users, scim.user_emails, scim.groups, scim.group_members,
           scim.resource_counts, scim.indexed_attributes, scim.indexed_values,
           scim.deleted_users, scim.group_mappings, scim.reasons, scim.schema_attributes, scim.request_log, scim.audit_events,
           scim.lookups, scim.refused_callers, scim.milestones, scim.guards,
           scim.import_staging, scim.import_runs, scim.import_matches, scim.import_rejects,
           scim.people, scim.seats, scim.connections, scim.attention
        TO scim_reader;
    -- Views run as their owner, but what they call runs as who asks.
    GRANT EXECUTE ON FUNCTION scim.like_pattern(text), scim.matches_pattern(text, text), scim.ranked_mappings(text),
        scim.team_members_of(text, text), scim.teams_of(text, uuid) TO scim_reader;
    GRANT SELECT ON scim.team_members TO scim_reader;
    GRANT EXECUTE ON FUNCTION scim.flat(jsonb), scim.changed_attributes(jsonb, jsonb),
        scim.groups_above(text, uuid), scim.activity_in(text, timestamptz) TO scim_reader;
    GRANT SELECT
        ON scim.emails, scim.phones, scim.addresses, scim.group_overview, scim.memberships, scim.effective_memberships,
           scim.settings, scim.token_overview, scim.log, scim.rejections, scim.activity_by_hour, scim.audit, scim.changes
        TO scim_reader;
    GRANT SELECT (org, id, label, last_four, scopes, created, created_by, expires, revoked,
                  last_used, last_used_address, last_used_agent)
        ON scim.tokens TO scim_reader;
END
$$;

-- The auditor: what was asked, what changed, by which token and under which
-- settings; of people only what these show. Where an older installation has no
-- such role and could not make it (role.sql), there is nobody to grant this to.
DO $$
DECLARE
    fenced text;
BEGIN
    IF (SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'scim') <> 'scim_owner'
       OR to_regrole('scim_auditor') IS NULL THEN
        RETURN;
    END IF;
    FOREACH fenced IN ARRAY '{organizations,organization_settings,tokens,request_log,audit_events,refused_callers,milestones,guards}'::text[]
    LOOP
        EXECUTE format('DROP POLICY IF EXISTS auditor ON scim.%I', fenced);
        EXECUTE format('CREATE POLICY auditor ON scim.%I FOR SELECT TO scim_auditor USING (true)', fenced);
        EXECUTE format('COMMENT ON POLICY auditor ON scim.%I IS %L', fenced, 'An auditor reads every organization.');
    END LOOP;
    REVOKE ALL ON ALL TABLES    IN SCHEMA scim FROM scim_auditor;
    REVOKE ALL ON ALL SEQUENCES IN SCHEMA scim FROM scim_auditor;
    REVOKE ALL ON ALL FUNCTIONS IN SCHEMA scim FROM scim_auditor;
    GRANT USAGE ON SCHEMA scim TO scim_auditor;
    GRANT SELECT
        ON scim.schema_version, scim.organizations, scim.organization_settings, scim.reasons, scim.request_log,
           scim.audit_events, scim.refused_callers, scim.milestones, scim.guards,
           scim.settings, scim.token_overview, scim.log, scim.rejections, scim.activity_by_hour, scim.audit, scim.changes, scim.api
        TO scim_auditor;
    -- To follow the log.
    GRANT SELECT, INSERT, UPDATE, DELETE ON scim.watchers TO scim_auditor;
    GRANT SELECT (org, id, label, last_four, scopes, created, created_by, expires, revoked,
                  last_used, last_used_address, last_used_agent)
        ON scim.tokens TO scim_auditor;
    GRANT EXECUTE ON FUNCTION scim.fold(text), scim.token_state(timestamptz, timestamptz), scim.utc(timestamptz), scim.sentence(text, text[]), scim.idp_of(text),
        scim.advice(text, text), scim.advice_for(text, text, text), scim.flat(jsonb), scim.changed_attributes(jsonb, jsonb),
        scim.activity_in(text, timestamptz) TO scim_auditor;
END
$$;
