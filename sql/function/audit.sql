-- Audit: what changed, from what to what, by whom; in the transaction of the
-- change, whoever makes it. What comes in many rows is one statement for all.

SET LOCAL client_min_messages = warning;

-- A row of a transition table is of no type, so the columns are handed over.
CREATE OR REPLACE FUNCTION scim.audit_person(resource jsonb, active boolean, account text, login_subject text,
        linked timestamptz, last_login timestamptz, removed boolean, protected boolean, version bigint, created timestamptz)
    RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT pg_catalog.jsonb_build_object('resource', $1, 'active', $2, 'account', $3, 'login_subject', $4,
        'linked', $5, 'last_login', $6, 'removed', $7, 'protected', $8, 'version', $9, 'created', $10)
$$;
COMMENT ON FUNCTION scim.audit_person(jsonb, boolean, text, text, timestamptz, timestamptz, boolean, boolean, bigint, timestamptz) IS
    'A person as audit_events.before and after show one; the other columns follow from these.';

CREATE OR REPLACE FUNCTION scim.audit_group(display_name text, external_id text, protected boolean, version bigint, created timestamptz)
    RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT pg_catalog.jsonb_build_object('display_name', $1, 'external_id', $2, 'protected', $3, 'version', $4, 'created', $5)
$$;
COMMENT ON FUNCTION scim.audit_group(text, text, boolean, bigint, timestamptz) IS
    'A group as audit_events.before and after show one; members are events of their own.';

-- In plpgsql, whose plan is kept: as SQL it was planned with every write (96 us of 1,200 of a new person).
CREATE OR REPLACE FUNCTION scim.audit_caller(OUT token_id uuid, OUT application text, OUT address text, OUT request_id text)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    request CONSTANT jsonb := scim.request();
BEGIN
    token_id := (request ->> 'token')::uuid;
    application := current_setting('application_name');
    address := coalesce(request ->> 'address', host(inet_client_addr()));
    -- A call of the API in SQL has no id of its own: as scim.log_done names it.
    request_id := CASE WHEN request IS NOT NULL THEN coalesce(request ->> 'id', 'sql-' || pg_current_xact_id()) END;
END
$$;
COMMENT ON FUNCTION scim.audit_caller() IS
    'Who changes something now, beside the session user: the token and request of SCIM, or the SQL session; request_id is NULL in plain SQL only.';

-- The transition tables: gone is what was, came is what is.
CREATE OR REPLACE FUNCTION scim.users_audited() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- What scim.audit_caller says; the call took a fifth of the time of this trigger.
    request CONSTANT jsonb := scim.request();
    token CONSTANT uuid := request ->> 'token';
    address CONSTANT text := coalesce(request ->> 'address', host(inet_client_addr()));
    request_id CONSTANT text :=
        CASE WHEN request IS NOT NULL THEN coalesce(request ->> 'id', 'sql-' || pg_current_xact_id()) END;
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO scim.audit_events (org, token_id, application, address, request_id,
                action, resource_type, resource_id, name, after)
        SELECT org, token, current_setting('application_name'), address, request_id,
               'created', 'User', id, user_name,
               scim.audit_person(came.resource, came.active, came.account, came.login_subject,
                   came.linked, came.last_login, came.removed, came.protected, came.version, came.created)
          FROM came;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO scim.audit_events (org, token_id, application, address, request_id,
                action, resource_type, resource_id, name, before)
        SELECT org, token, current_setting('application_name'), address, request_id,
               'deleted', 'User', id, user_name,
               scim.audit_person(gone.resource, gone.active, gone.account, gone.login_subject,
                   gone.linked, gone.last_login, gone.removed, gone.protected, gone.version, gone.created)
          FROM gone;
    ELSE
        -- FULL, though all have a partner: never a nested loop over thousands of rows.
        INSERT INTO scim.audit_events (org, token_id, application, address, request_id,
                action, resource_type, resource_id, name, before, after)
        SELECT came.org, token, current_setting('application_name'), address, request_id,
               CASE WHEN gone.active AND NOT came.active THEN 'deactivated'
                    WHEN came.active AND NOT gone.active THEN 'reactivated'
                    WHEN gone.account IS NULL AND came.account IS NOT NULL THEN 'linked'
                    WHEN came.account IS NULL AND gone.account IS NOT NULL THEN 'unlinked'
                    ELSE 'updated' END,
               'User', came.id, came.user_name,
               scim.audit_person(gone.resource, gone.active, gone.account, gone.login_subject,
                   gone.linked, gone.last_login, gone.removed, gone.protected, gone.version, gone.created),
               scim.audit_person(came.resource, came.active, came.account, came.login_subject,
                   came.linked, came.last_login, came.removed, came.protected, came.version, came.created)
          FROM gone
          FULL JOIN came ON came.org = gone.org AND came.id = gone.id
         WHERE (gone.resource, gone.active, gone.account, gone.login_subject, gone.linked, gone.removed, gone.protected)
               IS DISTINCT FROM
               (came.resource, came.active, came.account, came.login_subject, came.linked, came.removed, came.protected);
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION scim.users_audited() IS
    'An event for each person that came, went or changed; a login alone changes nobody.';

CREATE OR REPLACE FUNCTION scim.groups_audited() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    caller record;
BEGIN
    SELECT * INTO caller FROM scim.audit_caller();
    IF TG_OP = 'INSERT' THEN
        INSERT INTO scim.audit_events (org, token_id, application, address, request_id,
                action, resource_type, resource_id, name, after)
        SELECT org, caller.token_id, caller.application, caller.address, caller.request_id,
               'created', 'Group', id, display_name,
               scim.audit_group(came.display_name, came.external_id, came.protected, came.version, came.created)
          FROM came;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO scim.audit_events (org, token_id, application, address, request_id,
                action, resource_type, resource_id, name, before)
        SELECT org, caller.token_id, caller.application, caller.address, caller.request_id,
               'deleted', 'Group', id, display_name,
               scim.audit_group(gone.display_name, gone.external_id, gone.protected, gone.version, gone.created)
          FROM gone;
    ELSE
        INSERT INTO scim.audit_events (org, token_id, application, address, request_id,
                action, resource_type, resource_id, name, before, after)
        SELECT came.org, caller.token_id, caller.application, caller.address, caller.request_id,
               'updated', 'Group', came.id, came.display_name,
               scim.audit_group(gone.display_name, gone.external_id, gone.protected, gone.version, gone.created),
               scim.audit_group(came.display_name, came.external_id, came.protected, came.version, came.created)
          FROM gone
          FULL JOIN came ON came.org = gone.org AND came.id = gone.id
         WHERE (gone.display_name, gone.external_id, gone.protected)
               IS DISTINCT FROM (came.display_name, came.external_id, came.protected);
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION scim.groups_audited() IS
    'An event for each group that came, went or changed; versions that grow by members, and what is hidden by a setting, are none.';

CREATE OR REPLACE FUNCTION scim.group_members_audited() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    caller record;
BEGIN
    SELECT * INTO caller FROM scim.audit_caller();
    INSERT INTO scim.audit_events (org, token_id, application, address, request_id,
            action, resource_type, resource_id, name, members)
    SELECT changed.org, caller.token_id, caller.application, caller.address, caller.request_id,
           CASE TG_OP WHEN 'INSERT' THEN 'members_added' ELSE 'members_removed' END,
           'Group', changed.group_id,
           (SELECT display_name FROM scim.groups AS team WHERE team.org = changed.org AND team.id = changed.group_id),
           changed.members
      FROM (SELECT org, group_id, array_agg(member_id) AS members
              FROM memberships
             GROUP BY org, group_id) AS changed;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION scim.group_members_audited() IS
    'One event for each group whose members a statement added or removed, also by deleting the person or the group (then without name).';

CREATE OR REPLACE FUNCTION scim.row_audited() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    secret CONSTANT text[] := '{org,digest,last_used,last_used_address,last_used_agent}';
    was CONSTANT jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    now_is CONSTANT jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    either CONSTANT jsonb := coalesce(now_is, was);
    -- Of settings only what changed.
    same CONSTANT text[] := CASE WHEN TG_TABLE_NAME = 'organization_settings' THEN ARRAY(
        SELECT key FROM jsonb_each(was) WHERE value IS NOT DISTINCT FROM now_is -> key) ELSE '{}' END;
    caller record;
BEGIN
    IF was - secret IS NOT DISTINCT FROM now_is - secret THEN
        RETURN NULL;
    END IF;
    SELECT * INTO caller FROM scim.audit_caller();
    INSERT INTO scim.audit_events (org, token_id, application, address, request_id,
            action, resource_type, resource_id, name, before, after)
    VALUES (either ->> 'org', caller.token_id, caller.application, caller.address, caller.request_id,
            CASE WHEN was IS NULL THEN 'created'
                 WHEN now_is IS NULL THEN 'deleted'
                 WHEN was -> 'revoked' IS DISTINCT FROM now_is -> 'revoked' THEN 'revoked'
                 ELSE 'updated' END,
            TG_ARGV[0],
            CASE WHEN TG_ARGV[0] = 'Token' THEN (either ->> 'id')::uuid END,
            coalesce(either ->> 'label', either ->> 'pattern', either ->> 'name'),
            was - secret - same, now_is - secret - same);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION scim.row_audited() IS
    'An event for a change of an organization, its settings, a token (never its digest) or a mapping; the use of a token is none.';

DO $$
DECLARE
    audited record;
BEGIN
    FOR audited IN
        SELECT relation, operation, tables, noun
          FROM (VALUES ('users', 'User'), ('groups', 'Group')) AS relations (relation, noun),
               (VALUES ('INSERT', 'NEW TABLE AS came'), ('DELETE', 'OLD TABLE AS gone'),
                       ('UPDATE', 'OLD TABLE AS gone NEW TABLE AS came')) AS operations (operation, tables)
         UNION ALL
        VALUES ('group_members', 'INSERT', 'NEW TABLE AS memberships', 'Group'),
               ('group_members', 'DELETE', 'OLD TABLE AS memberships', 'Group')
    LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS %I ON scim.%I', 'audit_' || lower(audited.operation COLLATE "C"), audited.relation);
        EXECUTE format('CREATE TRIGGER %I AFTER %s ON scim.%I REFERENCING %s FOR EACH STATEMENT EXECUTE FUNCTION scim.%I()',
            'audit_' || lower(audited.operation COLLATE "C"), audited.operation, audited.relation, audited.tables,
            audited.relation || '_audited');
        EXECUTE format('COMMENT ON TRIGGER %I ON scim.%I IS %L', 'audit_' || lower(audited.operation COLLATE "C"), audited.relation,
            'Every ' || audited.operation || ' leaves events, one statement for all its rows.');
    END LOOP;
    FOR audited IN
        SELECT * FROM (VALUES ('organizations', 'INSERT OR UPDATE OR DELETE', 'Organization'),
                              ('organization_settings', 'UPDATE', 'Organization'),
                              ('tokens', 'INSERT OR UPDATE OR DELETE', 'Token'),
                              ('group_mappings', 'INSERT OR UPDATE OR DELETE', 'Mapping')) AS rows (relation, operation, noun)
    LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS audit ON scim.%I', audited.relation);
        EXECUTE format('CREATE TRIGGER audit AFTER %s ON scim.%I FOR EACH ROW EXECUTE FUNCTION scim.row_audited(%L)',
            audited.operation, audited.relation, audited.noun);
        EXECUTE format('COMMENT ON TRIGGER audit ON scim.%I IS %L', audited.relation, 'Every change leaves an event.');
    END LOOP;
END
$$;
