-- Protect: what follows from other rows is not written, what happened is not
-- taken back, and nothing is emptied behind the back of the audit.
--
-- scim.maintenance = on, for a transaction, is for the functions that must do
-- so all the same: prune, erase, the filling of an index.

SET LOCAL client_min_messages = warning;

-- Groups ----------------------------------------------------------------------

-- Its name makes it the first: what it sees is what the statement says. A request
-- that made a group with members in the same transaction lets it begin at 1.
DROP TRIGGER IF EXISTS groups_as_counted ON scim.groups;
CREATE TRIGGER groups_as_counted
    BEFORE UPDATE ON scim.groups
    FOR EACH ROW WHEN (pg_trigger_depth() = 0 AND (NEW.version, NEW.last_modified) IS DISTINCT FROM (OLD.version, OLD.last_modified)
                       AND coalesce(current_setting('scim.request', true), '') IN ('', '{}'))
    EXECUTE FUNCTION scim.refuse('version and last_modified of a group follow its changes; they cannot be written.');
COMMENT ON TRIGGER groups_as_counted ON scim.groups IS
    'A version that somebody wrote may be one that a client holds for something else.';

DROP TRIGGER IF EXISTS groups_as_set ON scim.groups;
CREATE TRIGGER groups_as_set
    BEFORE UPDATE ON scim.groups
    FOR EACH ROW WHEN (pg_trigger_depth() = 0 AND NEW.hidden <> OLD.hidden)
    EXECUTE FUNCTION scim.refuse('hidden of a group follows organization_settings.groups_to_sync; change that.');
COMMENT ON TRIGGER groups_as_set ON scim.groups IS
    'What somebody wrote would last until the next change of the settings.';

CREATE OR REPLACE FUNCTION scim.groups_check() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    fault text;
BEGIN
    -- Folding of what is too long can take minutes.
    fault := CASE
        WHEN octet_length(NEW.display_name) <= 1024 AND btrim(scim.fold(NEW.display_name)) = '' OR NEW.display_name IS NULL
            THEN 'display_name of a group must not be empty or blank'
        WHEN octet_length(NEW.display_name) > 1024 OR octet_length(scim.fold(NEW.display_name)) > 1024
            THEN 'display_name of a group has at most 1024 bytes, also when it is folded for comparison (scim.fold)'
        WHEN octet_length(NEW.external_id) > 1024 THEN 'external_id of a group has at most 1024 bytes' END;
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'check_violation',
            MESSAGE = fault || '.',
            SCHEMA = 'scim', TABLE = 'groups',
            CONSTRAINT = CASE WHEN fault LIKE '%blank' THEN 'groups_display_name_check'
                              WHEN fault LIKE 'display%' THEN 'groups_display_name_key_check'
                              ELSE 'groups_external_id_check' END;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.unique_name AND NOT OLD.unique_name AND EXISTS (
            SELECT FROM scim.organization_settings AS settings WHERE settings.org = NEW.org AND NOT settings.unique_group_names) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'restrict_violation',
            MESSAGE = 'unique_name of a group follows organization_settings.unique_group_names, which is off.',
            SCHEMA = 'scim', TABLE = 'groups', CONSTRAINT = 'groups_as_named';
    END IF;
    IF NEW.external_id = '' THEN
        NEW.external_id := NULL;
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION scim.groups_check() IS 'Says in words which names a group cannot have; an empty externalId is none.';

DROP TRIGGER IF EXISTS groups_as_named ON scim.groups;
CREATE TRIGGER groups_as_named
    BEFORE INSERT OR UPDATE ON scim.groups
    FOR EACH ROW WHEN (coalesce(current_setting('scim.request', true), '') IN ('', '{}') AND pg_trigger_depth() = 0)
    EXECUTE FUNCTION scim.groups_check();
COMMENT ON TRIGGER groups_as_named ON scim.groups IS 'A sentence instead of the name of a constraint.';

-- The foreign key has locked each person (FOR KEY SHARE) by now, who therefore is
-- not removed any more before we commit (scim.users_removed waits for us), and this
-- sees who was removed until then. LIMIT: found by id, whatever the plan expects.
CREATE OR REPLACE FUNCTION scim.group_members_check() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    fault record;
    stack text;
BEGIN
    SELECT person.user_name, membership.group_id
      INTO fault
      FROM memberships AS membership
     CROSS JOIN LATERAL (SELECT user_name FROM scim.users
                          WHERE org = membership.org AND id = membership.user_id AND removed LIMIT 1) AS person
     LIMIT 1;
    IF FOUND THEN
        GET DIAGNOSTICS stack = PG_CONTEXT;
        RAISE EXCEPTION USING
            -- Our functions ask before (undo does not): somebody else removes the person at
            -- this moment. Who tries again is told what they say of a person who is removed.
            ERRCODE = CASE WHEN stack ~ '\n[^\n]*PL/pgSQL[^\n]*\mscim\.(?!undo)' THEN 'serialization_failure' ELSE 'check_violation' END,
            MESSAGE = format('%s was removed and can be in no group.', fault.user_name),
            DETAIL = format('The group is %s.', fault.group_id),
            HINT = 'Make the person active again first.',
            SCHEMA = 'scim', TABLE = 'group_members', CONSTRAINT = 'group_members_removed';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION scim.group_members_check() IS
    'Refuses a membership of somebody who was removed (users.removed), also by another session at this moment.';

DROP TRIGGER IF EXISTS group_members_check ON scim.group_members;
CREATE TRIGGER group_members_check
    AFTER INSERT ON scim.group_members
    REFERENCING NEW TABLE AS memberships
    FOR EACH STATEMENT EXECUTE FUNCTION scim.group_members_check();
COMMENT ON TRIGGER group_members_check ON scim.group_members IS 'Who was removed is in no group.';

-- Tokens, mappings, settings ----------------------------------------------------

DROP TRIGGER IF EXISTS tokens_keep_identity ON scim.tokens;
CREATE TRIGGER tokens_keep_identity
    BEFORE UPDATE ON scim.tokens
    FOR EACH ROW WHEN ((NEW.org, NEW.id, NEW.digest, NEW.last_four) IS DISTINCT FROM (OLD.org, OLD.id, OLD.digest, OLD.last_four))
    EXECUTE FUNCTION scim.refuse('org, id, digest and last_four of a token cannot be changed; make another with `scimlet token replace`.');
COMMENT ON TRIGGER tokens_keep_identity ON scim.tokens IS
    'The token itself says its organization and its last four characters; log and audit know it by its id.';

CREATE OR REPLACE FUNCTION scim.tokens_end() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT isfinite(NEW.expires) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'check_violation',
            MESSAGE = 'A token ends some day (RFC 7644 7.4): expires is a time, not infinity.',
            SCHEMA = 'scim', TABLE = 'tokens', CONSTRAINT = TG_NAME;
    END IF;
    -- It ends now, or never worked: what is asked for is that it does not work, and it does not.
    IF TG_OP = 'UPDATE' THEN
        NEW.expires := greatest(NEW.expires, NEW.created + interval '1 millisecond');
    ELSE
        NEW.created := least(NEW.created, NEW.expires - interval '1 millisecond');
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION scim.tokens_end() IS 'Refuses a token without an end; one that would end before it was made ends then, or was made before it ended.';

DROP TRIGGER IF EXISTS tokens_end ON scim.tokens;
CREATE TRIGGER tokens_end
    BEFORE INSERT OR UPDATE OF expires, created ON scim.tokens
    FOR EACH ROW WHEN (NOT isfinite(NEW.expires) OR NEW.expires <= NEW.created)
    EXECUTE FUNCTION scim.tokens_end();
COMMENT ON TRIGGER tokens_end ON scim.tokens IS 'A token has a limited lifetime, however it is made.';

DROP TRIGGER IF EXISTS group_mappings_keep_org ON scim.group_mappings;
CREATE TRIGGER group_mappings_keep_org
    BEFORE UPDATE ON scim.group_mappings
    FOR EACH ROW WHEN (NEW.org IS DISTINCT FROM OLD.org)
    EXECUTE FUNCTION scim.refuse('The organization of a mapping cannot be changed: delete it and insert another.');
COMMENT ON TRIGGER group_mappings_keep_org ON scim.group_mappings IS 'Nothing moves from one organization to another.';

DROP TRIGGER IF EXISTS organization_settings_keep_org ON scim.organization_settings;
CREATE TRIGGER organization_settings_keep_org
    BEFORE UPDATE ON scim.organization_settings
    FOR EACH ROW WHEN (NEW.org IS DISTINCT FROM OLD.org)
    EXECUTE FUNCTION scim.refuse('The organization of settings cannot be changed.');
COMMENT ON TRIGGER organization_settings_keep_org ON scim.organization_settings IS 'Nothing moves from one organization to another.';

DROP TRIGGER IF EXISTS organizations_named ON scim.organizations;
CREATE TRIGGER organizations_named
    BEFORE INSERT OR UPDATE OF name ON scim.organizations
    FOR EACH ROW WHEN (octet_length(NEW.name) > 200 OR NEW.name ~ '[\u0001-\u001f\u007f]')
    EXECUTE FUNCTION scim.refuse('The name of an organization has at most 200 bytes and no control characters.');
COMMENT ON TRIGGER organizations_named ON scim.organizations IS 'It is shown in lists, a line each.';

DROP TRIGGER IF EXISTS organizations_audit_from ON scim.organizations;
CREATE TRIGGER organizations_audit_from
    BEFORE INSERT OR UPDATE OF audit_from ON scim.organizations
    FOR EACH ROW WHEN (NEW.audit_from > now())
    EXECUTE FUNCTION scim.refuse('audit_from is a time that is past: from then on the audit is complete. `scimlet prune --older-than` writes it.');
COMMENT ON TRIGGER organizations_audit_from ON scim.organizations IS 'Undo would never go back any more.';

DROP TRIGGER IF EXISTS users_finite ON scim.users;
CREATE TRIGGER users_finite
    BEFORE INSERT OR UPDATE OF linked, last_login ON scim.users
    FOR EACH ROW WHEN (NOT isfinite(NEW.linked) OR NOT isfinite(NEW.last_login))
    EXECUTE FUNCTION scim.refuse('linked and last_login are times, not infinity; NULL: there was none.');
COMMENT ON TRIGGER users_finite ON scim.users IS 'What reads them reckons with them.';

CREATE OR REPLACE FUNCTION scim.group_mappings_number() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.id := 1 + coalesce((SELECT max(mapping.id) FROM scim.group_mappings AS mapping WHERE mapping.org = NEW.org), 0);
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION scim.group_mappings_number() IS 'Numbers a mapping within its organization.';

DROP TRIGGER IF EXISTS group_mappings_number ON scim.group_mappings;
CREATE TRIGGER group_mappings_number
    BEFORE INSERT ON scim.group_mappings
    FOR EACH ROW WHEN (NEW.id IS NULL)
    EXECUTE FUNCTION scim.group_mappings_number();
COMMENT ON TRIGGER group_mappings_number ON scim.group_mappings IS 'Who inserts one need not look for a number.';

DROP TRIGGER IF EXISTS tokens_labelled ON scim.tokens;
CREATE TRIGGER tokens_labelled
    BEFORE INSERT OR UPDATE OF label ON scim.tokens
    FOR EACH ROW WHEN (octet_length(NEW.label) > 200 OR NEW.label ~ '[\u0001-\u001f\u007f]')
    EXECUTE FUNCTION scim.refuse('The label of a token has at most 200 bytes and no control characters.');
COMMENT ON TRIGGER tokens_labelled ON scim.tokens IS 'It is shown in lists, a line each.';

CREATE OR REPLACE FUNCTION scim.rows_stay() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- The organization is gone already where its foreign key takes the row along.
    IF EXISTS (SELECT FROM scim.organizations WHERE org = OLD.org) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'restrict_violation',
            MESSAGE = format('%s has exactly one row in scim.%I; it goes with the organization.', OLD.org, TG_TABLE_NAME),
            SCHEMA = 'scim', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
    END IF;
    RETURN OLD;
END
$$;
COMMENT ON FUNCTION scim.rows_stay() IS 'Refuses to delete what every organization has.';

DROP TRIGGER IF EXISTS organization_settings_stay ON scim.organization_settings;
CREATE TRIGGER organization_settings_stay
    BEFORE DELETE ON scim.organization_settings
    FOR EACH ROW EXECUTE FUNCTION scim.rows_stay();
COMMENT ON TRIGGER organization_settings_stay ON scim.organization_settings IS 'Without settings the responder would not know what is allowed.';

DROP TRIGGER IF EXISTS cursor_keys_stay ON scim.cursor_keys;
CREATE TRIGGER cursor_keys_stay
    BEFORE DELETE ON scim.cursor_keys
    FOR EACH ROW EXECUTE FUNCTION scim.rows_stay();
COMMENT ON TRIGGER cursor_keys_stay ON scim.cursor_keys IS 'Without a key lists could not be signed.';

CREATE OR REPLACE FUNCTION scim.settings_fault(required text[]) RETURNS text
    LANGUAGE sql STABLE
AS $$
    SELECT wanted
      FROM pg_catalog.unnest($1) AS wanted
     WHERE NOT EXISTS (
           SELECT FROM scim.schema_attributes AS known
            WHERE known.resource_type = 'User' AND known.stored
              -- As ASCII has it, whatever the language of the database: Turkish has another small I.
              AND pg_catalog.lower(pg_catalog.btrim(wanted) COLLATE pg_catalog."C") IN (
                  SELECT pg_catalog.lower(name COLLATE pg_catalog."C")
                    FROM pg_catalog.unnest(ARRAY[known.path, known.schema,
                             known.schema || ':' || known.attribute || coalesce('.' || known.sub_attribute, ''),
                             known.schema || '.' || known.attribute || coalesce('.' || known.sub_attribute, ''),
                             known.attribute || coalesce('.' || known.sub_attribute, '')]) AS name))
     LIMIT 1
$$;
COMMENT ON FUNCTION scim.settings_fault(text[]) IS
    'The first of the required attributes that no person can have; NULL: all can be had.';

CREATE OR REPLACE FUNCTION scim.organization_settings_check() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    fault CONSTANT text := scim.settings_fault(NEW.required_attributes);
    wrong record;
BEGIN
    IF greatest(array_ndims(NEW.required_attributes), array_ndims(NEW.allowed_domains), array_ndims(NEW.groups_to_sync)) > 1 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'check_violation',
            MESSAGE = 'required_attributes, allowed_domains and groups_to_sync are plain lists, not lists of lists.',
            HINT = 'SET allowed_domains = ''{acme.com,acme.org}''',
            SCHEMA = 'scim', TABLE = 'organization_settings', CONSTRAINT = TG_NAME;
    ELSIF fault IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'check_violation',
            MESSAGE = format('required_attributes names "%s", which is no attribute of a person: every person would be refused.', fault),
            HINT = 'scim.schema_attributes lists those that there are, e.g. name.givenName.',
            SCHEMA = 'scim', TABLE = 'organization_settings', CONSTRAINT = 'organization_settings_required_attributes_check';
    END IF;
    -- An older value that nobody touches may stay.
    SELECT said.* INTO wrong FROM (VALUES
        ('allowed_domains',
            'allowed_domains is a list of domains as in addresses, in lower case, like acme.com: none is empty or has a blank, @ or a dot in front.'),
        ('groups_to_sync',
            'groups_to_sync is a list of names of groups, none of them empty or of more than 1024 bytes; NULL: all groups.'),
        ('provisioning_off_reason', 'provisioning_off_reason has at most 200 bytes and no control characters.'),
        ('sso_entity_id', 'sso_entity_id has at most 200 bytes and no control characters.'),
        ('sso_sign_on_url', 'sso_sign_on_url is an address that begins with https:// or http://, of at most 2000 bytes.')) AS said (setting, sentence)
     WHERE (TG_OP = 'INSERT' OR to_jsonb(NEW) -> said.setting IS DISTINCT FROM to_jsonb(OLD) -> said.setting)
       AND NOT scim.setting_fits(said.setting, to_jsonb(NEW) -> said.setting);
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'check_violation',
            MESSAGE = wrong.sentence,
            SCHEMA = 'scim', TABLE = 'organization_settings', CONSTRAINT = 'organization_settings_' || wrong.setting || '_check';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION scim.organization_settings_check() IS 'Refuses settings that nobody could meet, and texts that would break what shows them.';

DROP TRIGGER IF EXISTS organization_settings_check ON scim.organization_settings;
CREATE TRIGGER organization_settings_check
    BEFORE INSERT OR UPDATE OF required_attributes, allowed_domains, groups_to_sync, provisioning_off_reason, sso_entity_id, sso_sign_on_url
    ON scim.organization_settings
    FOR EACH ROW EXECUTE FUNCTION scim.organization_settings_check();
COMMENT ON TRIGGER organization_settings_check ON scim.organization_settings IS 'A slip of the pen would shut out everybody.';

-- Checks in words ---------------------------------------------------------------

CREATE OR REPLACE FUNCTION scim.explained() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    rules CONSTANT text := (
        SELECT string_agg(format('WHEN (%s) IS FALSE THEN %s', pg_get_expr(rule.conbin, rule.conrelid), rule.oid), ' ' ORDER BY rule.conname)
          FROM pg_constraint AS rule
         WHERE rule.conrelid = TG_RELID AND rule.contype = 'c');
    broken oid;
BEGIN
    EXECUTE format('SELECT CASE %s END FROM (SELECT ($1).*) AS written', rules) INTO broken USING NEW;
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'check_violation',
            MESSAGE = obj_description(broken, 'pg_constraint'),
            SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
            CONSTRAINT = (SELECT rule.conname FROM pg_constraint AS rule WHERE rule.oid = broken);
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION scim.explained() IS
    'Refuses what a CHECK of the table would refuse, with the comment of that constraint as the message.';

DO $$
DECLARE
    explained record;
BEGIN
    -- Where many rows are written, only what looks wrong is looked at closer.
    FOR explained IN
        SELECT * FROM (VALUES
            ('organizations', 'INSERT', NULL),
            ('organization_settings', 'INSERT OR UPDATE', NULL),
            ('tokens', 'INSERT OR UPDATE OF digest, last_four, scopes', NULL),
            ('group_mappings', 'INSERT OR UPDATE', NULL),
            ('milestones', 'INSERT OR UPDATE', NULL),
            ('import_staging', 'INSERT OR UPDATE OF resource_type', $when$NEW.resource_type NOT IN ('User', 'Group')$when$),
            ('group_members', 'INSERT', $when$NEW.member_type NOT IN ('User', 'Group') OR NEW.member_id = NEW.group_id$when$),
            ('users', 'INSERT OR UPDATE OF account, login_subject, removed, active', $when$NEW.account = '' OR NEW.login_subject = ''
                OR octet_length(NEW.account) > 1024 OR octet_length(NEW.login_subject) > 1024
                OR NEW.removed AND (NEW.active OR NEW.account IS NOT NULL)$when$)) AS tables (relation, events, suspect)
    LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS %1$I ON scim.%2$I', explained.relation || '_explained', explained.relation);
        EXECUTE format('CREATE TRIGGER %I BEFORE %s ON scim.%I FOR EACH ROW %s EXECUTE FUNCTION scim.explained()',
            explained.relation || '_explained', explained.events, explained.relation, 'WHEN (' || explained.suspect || ')');
        EXECUTE format('COMMENT ON TRIGGER %I ON scim.%I IS %L', explained.relation || '_explained', explained.relation,
            'A sentence instead of the name of a constraint.');
    END LOOP;
END
$$;

-- Rows that follow others -------------------------------------------------------

CREATE OR REPLACE FUNCTION scim.deleted_users_check() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF current_setting('scim.maintenance', true) IS DISTINCT FROM 'on'
                AND to_jsonb(NEW) - '{purge_after}'::text[] IS DISTINCT FROM to_jsonb(OLD) - '{purge_after}'::text[] THEN
            RAISE EXCEPTION USING
                ERRCODE = 'restrict_violation',
                MESSAGE = 'Of somebody who was deleted only purge_after can be changed.',
                SCHEMA = 'scim', TABLE = 'deleted_users', CONSTRAINT = TG_NAME;
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.resource = '{}' THEN
        NEW.resource := jsonb_build_object('userName', NEW.user_name, 'externalId', NEW.external_id);
    END IF;
    -- Who is being deleted is kept as is.
    IF NOT EXISTS (SELECT FROM scim.users AS person
                    WHERE person.org = NEW.org AND person.id = NEW.id AND person.resource = NEW.resource) THEN
        NEW.resource := scim.user_resource(NEW.resource);
    END IF;
    IF (NEW.user_name, NEW.external_id) IS DISTINCT FROM (NEW.resource ->> 'userName', NEW.resource ->> 'externalId') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'check_violation',
            MESSAGE = 'user_name and external_id of somebody who was deleted are those of resource.',
            SCHEMA = 'scim', TABLE = 'deleted_users', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION scim.deleted_users_check() IS
    'Who is kept as deleted can be revived, so the resource must be one.';

DROP TRIGGER IF EXISTS deleted_users_check ON scim.deleted_users;
CREATE TRIGGER deleted_users_check
    BEFORE INSERT OR UPDATE ON scim.deleted_users
    FOR EACH ROW EXECUTE FUNCTION scim.deleted_users_check();
COMMENT ON TRIGGER deleted_users_check ON scim.deleted_users IS 'A record of what was, that may come back.';

DROP TRIGGER IF EXISTS indexed_values_derived ON scim.indexed_values;
CREATE TRIGGER indexed_values_derived
    BEFORE INSERT OR UPDATE OR DELETE ON scim.indexed_values
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0 AND current_setting('scim.maintenance', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION scim.refuse('scim.indexed_values follows scim.users and scim.indexed_attributes; see `scimlet index`.');
COMMENT ON TRIGGER indexed_values_derived ON scim.indexed_values IS 'Filters believe these values.';

DROP TRIGGER IF EXISTS indexed_attributes_keep_path ON scim.indexed_attributes;
CREATE TRIGGER indexed_attributes_keep_path
    BEFORE UPDATE ON scim.indexed_attributes
    FOR EACH ROW WHEN ((NEW.org, NEW.attribute, NEW.path::text) IS DISTINCT FROM (OLD.org, OLD.attribute, OLD.path::text))
    EXECUTE FUNCTION scim.refuse('What is indexed is not changed: `scimlet index drop` it and `scimlet index add` another.');
COMMENT ON TRIGGER indexed_attributes_keep_path ON scim.indexed_attributes IS 'The values that are there were read by the path.';

DROP TRIGGER IF EXISTS schema_version_stays ON scim.schema_version;
CREATE TRIGGER schema_version_stays
    BEFORE UPDATE OR DELETE ON scim.schema_version
    FOR EACH ROW WHEN (current_setting('scim.maintenance', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION scim.refuse('The version of the schema is written by `scimlet init` and `scimlet migrate` alone: by it the programs know whether it fits.');
COMMENT ON TRIGGER schema_version_stays ON scim.schema_version IS 'Without it no program would work with the database any more.';

-- The log and the audit ----------------------------------------------------------

DROP TRIGGER IF EXISTS audit_events_stay ON scim.audit_events;
CREATE TRIGGER audit_events_stay
    BEFORE INSERT OR UPDATE OR DELETE ON scim.audit_events
    FOR EACH ROW WHEN (pg_trigger_depth() = 0 AND current_setting('scim.maintenance', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION scim.refuse('The audit is written by what changes people, groups and settings, and by nothing else. `scimlet prune` and `scimlet erase` take out of it what is to go.');
COMMENT ON TRIGGER audit_events_stay ON scim.audit_events IS 'What happened stays told.';

DROP TRIGGER IF EXISTS request_log_stays ON scim.request_log;
CREATE TRIGGER request_log_stays
    BEFORE UPDATE OR DELETE ON scim.request_log
    FOR EACH ROW WHEN (pg_trigger_depth() = 0 AND current_setting('scim.maintenance', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION scim.refuse('The log is not changed. `scimlet prune` and `scimlet erase` take out of it what is to go.');
COMMENT ON TRIGGER request_log_stays ON scim.request_log IS 'What happened stays told.';

-- TRUNCATE -------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION scim.refuse_truncate(relation text) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    EXECUTE format('DROP TRIGGER IF EXISTS not_truncated ON scim.%I', relation);
    EXECUTE format('CREATE TRIGGER not_truncated BEFORE TRUNCATE ON scim.%I FOR EACH STATEMENT '
        'WHEN (current_setting(''scim.maintenance'', true) IS DISTINCT FROM ''on'') EXECUTE FUNCTION scim.refuse(%L)', relation,
        format('TRUNCATE of scim.%s is refused: it would empty all organizations and leave no trace in the audit. %s', relation,
               CASE WHEN relation ~ '^(request_log|audit_events)' THEN '`scimlet prune` removes what is old.'
                    ELSE 'Use DELETE ... WHERE org = ''...'', which is told and can be undone.' END));
    EXECUTE format('COMMENT ON TRIGGER not_truncated ON scim.%I IS %L', relation, 'Nothing is emptied behind the back of the audit.');
END
$$;
COMMENT ON FUNCTION scim.refuse_truncate(text) IS 'Lets a table refuse TRUNCATE, with a sentence.';

DO $$
BEGIN
    PERFORM scim.refuse_truncate(relname)
       FROM pg_catalog.pg_class
      WHERE relnamespace = 'scim'::regnamespace AND relkind IN ('r', 'p')
        AND relname ~ '^(organizations|organization_settings|tokens|users|user_emails|groups|group_members|deleted_users'
                      '|resource_counts|indexed_values|cursor_keys|group_mappings|request_log.*|audit_events.*|schema_version)$'
      ORDER BY relname;
END
$$;
