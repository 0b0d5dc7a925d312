-- Users: resource and the typed columns are one truth. A statement writes one
-- of them, the other follows; the responder writes only resource.

SET LOCAL client_min_messages = warning;

-- Parents stand before their sub-attributes. No SET search_path: the planner
-- then expands this list in place.
CREATE OR REPLACE FUNCTION scim.user_attributes()
    RETURNS TABLE (path text[], type text, column_name text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    VALUES
        ('{userName}'::pg_catalog.text[], 'string', 'user_name'),
        ('{externalId}',       'string',  'external_id'),
        ('{displayName}',      'string',  'display_name'),
        ('{name}',             'object',  NULL),
        ('{name,givenName}',   'string',  'given_name'),
        ('{name,familyName}',  'string',  'family_name'),
        ('{title}',            'string',  'title'),
        ('{active}',           'boolean', 'active'),
        ('{emails}',           'array',   NULL),
        ('{urn:ietf:params:scim:schemas:extension:enterprise:2.0:User}',                'object', NULL),
        ('{urn:ietf:params:scim:schemas:extension:enterprise:2.0:User,department}',     'string', 'department'),
        ('{urn:ietf:params:scim:schemas:extension:enterprise:2.0:User,employeeNumber}', 'string', 'employee_number'),
        ('{urn:ietf:params:scim:schemas:extension:enterprise:2.0:User,manager}',        'object', NULL),
        ('{urn:ietf:params:scim:schemas:extension:enterprise:2.0:User,manager,value}',  'string', 'manager_id')
$$;
COMMENT ON FUNCTION scim.user_attributes() IS
    'Where in users.resource an attribute stands, its JSON type, and the column that holds the same (RFC 7643 4.1, 4.3).';

CREATE OR REPLACE FUNCTION scim.jsonb_put(document jsonb, path text[], value jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    inner_value jsonb := value;
BEGIN
    IF cardinality(path) > 1 THEN
        inner_value := scim.jsonb_put(coalesce(document -> path[1], '{}'), path[2:], value);
    END IF;
    IF coalesce(inner_value, 'null') IN ('null', '{}') THEN
        RETURN document - path[1];
    END IF;
    RETURN document || jsonb_build_object(path[1], inner_value);
END
$$;
COMMENT ON FUNCTION scim.jsonb_put(jsonb, text[], jsonb) IS
    'The document with the value at the path; null takes the key away, and objects that thereby become empty.';

CREATE OR REPLACE FUNCTION scim.user_resource_fault(resource jsonb) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF jsonb_typeof(resource) IS DISTINCT FROM 'object' THEN
        RETURN 'users.resource must be a JSON object: the User resource of RFC 7643 4.1.';
    END IF;
    IF scim.user_is_plain(resource - 'schemas') THEN
        RETURN NULL;
    END IF;
    RETURN 'In users.resource ' || (scim.user_fault(resource - 'schemas')).sentence || '.';
END
$$;
COMMENT ON FUNCTION scim.user_resource_fault(jsonb) IS
    'Why a resource in the form of scim.user_resource_normal cannot be a person: an attribute that is not one of scim.schema_attributes, or not of its type, or no userName. NULL: it can.';

CREATE OR REPLACE FUNCTION scim.user_resource_check(resource jsonb) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    sentence CONSTANT text := scim.user_resource_fault(resource);
    fault record;
BEGIN
    IF sentence IS NOT NULL THEN
        IF jsonb_typeof(resource) = 'object' THEN
            SELECT * INTO fault FROM scim.user_fault(resource - 'schemas');
        ELSE
            SELECT NULL::text AS detail, NULL::text AS hint INTO fault;
        END IF;
        RAISE EXCEPTION USING
            ERRCODE = 'check_violation',
            MESSAGE = sentence,
            DETAIL = coalesce(fault.detail, 'A User resource has the attributes of scim.schema_attributes.'),
            HINT = coalesce(fault.hint, 'What has no value is left out, or null.'),
            SCHEMA = 'scim', TABLE = 'users', COLUMN = 'resource',
            CONSTRAINT = 'users_resource_check';
    END IF;
END
$$;
COMMENT ON FUNCTION scim.user_resource_check(jsonb) IS
    'Refuses a resource for which scim.user_resource_fault has a reason.';

CREATE OR REPLACE FUNCTION scim.user_resource_trimmed(resource jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    enterprise CONSTANT text := 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
    -- RFC 7643 2.5: null is the same as absent.
    normal jsonb := jsonb_strip_nulls(resource - '{id,meta,groups,password,schemas}'::text[]);
BEGIN
    IF '{}' IN (normal -> 'name', normal -> enterprise, normal -> enterprise -> 'manager') THEN
        normal := scim.user_resource_without_empty(normal, enterprise);
    END IF;
    -- RFC 7643 3: an extension is listed if the resource has data of it.
    IF normal ? enterprise THEN
        RETURN normal || '{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]}';
    END IF;
    RETURN normal || '{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"]}';
END
$$;
COMMENT ON FUNCTION scim.user_resource_trimmed(jsonb) IS
    'A User resource without nulls and what is kept elsewhere, with schemas; enough for one that the responder has read.';

CREATE OR REPLACE FUNCTION scim.user_resource_normal(resource jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    normal CONSTANT jsonb := scim.user_resource_trimmed(resource);
BEGIN
    IF scim.user_is_plain(normal - 'schemas') THEN
        RETURN normal;
    END IF;
    RETURN scim.user_resource_trimmed(coalesce(scim.without_unassigned(scim.without_read_only(normal)), '{}'));
END
$$;
COMMENT ON FUNCTION scim.user_resource_normal(jsonb) IS
    'A User resource without what is unassigned, computed or kept elsewhere, with schemas; not checked. It must be a JSON object.';

CREATE OR REPLACE FUNCTION scim.user_resource(resource jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    normal jsonb;
BEGIN
    IF jsonb_typeof(resource) IS DISTINCT FROM 'object' THEN
        PERFORM scim.user_resource_check(resource);
    END IF;
    -- The responder has checked what it writes ({} is a call of the API in SQL), and so has
    -- an import; undo and revival write what was there.
    IF coalesce(current_setting('scim.request', true), '') NOT IN ('', '{}')
            OR current_setting('scim.restoring', true) = 'on' OR current_setting('scim.checked', true) = 'on' THEN
        RETURN scim.user_resource_trimmed(resource);
    END IF;
    normal := scim.user_resource_trimmed(resource);
    IF NOT scim.user_is_plain(normal - 'schemas') THEN
        -- What follows calls itself for each level, and no attribute is deeper than three.
        IF normal @? '$.**{100}' THEN
            RAISE EXCEPTION USING
                ERRCODE = 'check_violation',
                MESSAGE = 'In users.resource something is nested deeper than any attribute of a User resource (RFC 7643 4.1).',
                SCHEMA = 'scim', TABLE = 'users', COLUMN = 'resource', CONSTRAINT = 'users_resource_check';
        END IF;
        normal := scim.user_resource_normal(normal);
        PERFORM scim.user_resource_check(normal);
    END IF;
    RETURN normal;
END
$$;
COMMENT ON FUNCTION scim.user_resource(jsonb) IS
    'A User resource in the form in which it is stored: checked, without what is unassigned or kept elsewhere, with schemas.';

CREATE OR REPLACE FUNCTION scim.user_resource_without_empty(resource jsonb, enterprise text) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    normal jsonb := resource;
BEGIN
    IF normal -> enterprise -> 'manager' = '{}' THEN
        normal := scim.jsonb_put(normal, ARRAY[enterprise, 'manager'], NULL);
    END IF;
    IF normal -> enterprise = '{}' THEN
        normal := normal - enterprise;
    END IF;
    IF normal -> 'name' = '{}' THEN
        normal := normal - 'name';
    END IF;
    RETURN normal;
END
$$;
COMMENT ON FUNCTION scim.user_resource_without_empty(jsonb, text) IS
    'A User resource without complex attributes and an extension that hold nothing.';

CREATE OR REPLACE FUNCTION scim.user_resource_from_columns(resource jsonb, stated jsonb, before jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    written jsonb := resource;
    attribute record;
BEGIN
    FOR attribute IN
        SELECT path, stated -> column_name AS value
          FROM scim.user_attributes()
         WHERE stated ->> column_name IS DISTINCT FROM before ->> column_name
    LOOP
        -- displayName and $ref of a manager describe the one before.
        IF 'manager' = ANY (attribute.path) THEN
            written := written #- attribute.path[:2];
        END IF;
        written := scim.jsonb_put(written, attribute.path, attribute.value);
    END LOOP;
    RETURN written;
END
$$;
COMMENT ON FUNCTION scim.user_resource_from_columns(jsonb, jsonb, jsonb) IS
    'The resource with each attribute whose column a statement changed; stated and before are rows as JSON.';

CREATE OR REPLACE FUNCTION scim.users_from_resource(person scim.users) RETURNS scim.users
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    name CONSTANT jsonb := person.resource -> 'name';
    enterprise CONSTANT jsonb :=
        person.resource -> 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
BEGIN
    -- One assignment each, not a loop over scim.user_attributes(): this runs
    -- with every write of the responder.
    person.user_name := person.resource ->> 'userName';
    person.external_id := person.resource ->> 'externalId';
    person.display_name := person.resource ->> 'displayName';
    person.given_name := name ->> 'givenName';
    person.family_name := name ->> 'familyName';
    person.title := person.resource ->> 'title';
    -- A resource that does not say it leaves it as it is: silence neither lets a
    -- suspended person in nor keeps anybody out (RFC 7643 4.1.1 leaves it to us).
    person.active := coalesce((person.resource -> 'active')::boolean, person.active);
    person.department := enterprise ->> 'department';
    person.employee_number := enterprise ->> 'employeeNumber';
    person.manager_id := enterprise -> 'manager' ->> 'value';
    RETURN person;
END
$$;
COMMENT ON FUNCTION scim.users_from_resource(scim.users) IS
    'The row with its columns taken from its resource.';

CREATE OR REPLACE FUNCTION scim.users_refuse_disagreement(stated jsonb, before jsonb, after jsonb) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    disagreeing text;
BEGIN
    SELECT column_name
      INTO disagreeing
      FROM scim.user_attributes()
     WHERE stated ->> column_name IS DISTINCT FROM before ->> column_name
       AND nullif(stated ->> column_name, '') IS DISTINCT FROM after ->> column_name
     LIMIT 1;
    IF disagreeing IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'check_violation',
            MESSAGE = format('The statement writes both users.%I and users.resource, and they disagree.', disagreeing),
            HINT = 'Write one of them: the other follows.',
            SCHEMA = 'scim', TABLE = 'users', COLUMN = disagreeing,
            CONSTRAINT = 'users_resource_check';
    END IF;
END
$$;
COMMENT ON FUNCTION scim.users_refuse_disagreement(jsonb, jsonb, jsonb) IS
    'Refuses a statement that changed a column to another value than the resource it wrote; the arguments are rows as JSON.';

CREATE OR REPLACE FUNCTION scim.users_before_insert() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    stated scim.users;
BEGIN
    IF coalesce(NEW.resource, '{}') = '{}' THEN
        NEW.resource := scim.user_resource(
            scim.user_resource_from_columns('{}', to_jsonb(NEW), '{}'));
        -- '' is the same as NULL: unassigned.
        NEW := scim.users_from_resource(NEW);
    ELSE
        NEW.resource := scim.user_resource(NEW.resource);
        stated := NEW;
        NEW.active := true;
        NEW := scim.users_from_resource(NEW);
        -- active has a default, so true is perhaps nobody's word.
        IF stated.active IS NOT TRUE
                OR num_nonnulls(stated.user_name, stated.external_id, stated.display_name,
                    stated.given_name, stated.family_name, stated.title, stated.department,
                    stated.employee_number, stated.manager_id) > 0 THEN
            PERFORM scim.users_refuse_disagreement(
                to_jsonb(stated), '{"active": true}', to_jsonb(NEW));
        END IF;
    END IF;
    -- Who is brought back keeps created, and versions go on where they ended.
    NEW.last_modified := scim.clock();
    IF current_setting('scim.restoring', true) IS DISTINCT FROM 'on' THEN
        NEW.version := 1;
        NEW.created := NEW.last_modified;
    END IF;
    NEW.last_modified := greatest(NEW.last_modified, NEW.created);
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION scim.users_before_insert() IS
    'Columns follow resource; resource follows the columns if it was not given. Starts version and times, but for who is brought back (scim.restoring = on).';

CREATE OR REPLACE FUNCTION scim.users_importing() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    stack text;
BEGIN
    GET DIAGNOSTICS stack = PG_CONTEXT;
    -- Who called us is said by the second function on the stack.
    IF strpos(stack, 'scim.import_people_at_once(') = 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'insufficient_privilege',
            MESSAGE = 'scim.importing is for scim.import alone.',
            HINT = 'RESET scim.importing.';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION scim.users_importing() IS
    'Refuses an INSERT with scim.importing = on that is not one of scim.import_people_at_once.';

CREATE OR REPLACE FUNCTION scim.users_before_update() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    columns_written CONSTANT boolean :=
        (NEW.user_name, NEW.external_id, NEW.display_name, NEW.given_name, NEW.family_name,
         NEW.title, NEW.active, NEW.department, NEW.employee_number, NEW.manager_id)
        IS DISTINCT FROM
        (OLD.user_name, OLD.external_id, OLD.display_name, OLD.given_name, OLD.family_name,
         OLD.title, OLD.active, OLD.department, OLD.employee_number, OLD.manager_id);
    stated scim.users;
BEGIN
    IF NEW.resource IS DISTINCT FROM OLD.resource THEN
        IF NEW.resource ->> 'id' <> OLD.id::text THEN
            RAISE EXCEPTION USING
                ERRCODE = 'restrict_violation',
                MESSAGE = format('The resource says that its id is %s, the row that it is %s.',
                                 NEW.resource -> 'id', OLD.id),
                HINT = 'An id cannot be changed. Leave it out of the resource; it is added when the resource is sent.',
                SCHEMA = 'scim', TABLE = 'users', COLUMN = 'resource', CONSTRAINT = 'users_keep_identity';
        END IF;
        NEW.resource := scim.user_resource(NEW.resource);
        stated := NEW;
        NEW := scim.users_from_resource(NEW);
        IF columns_written THEN
            PERFORM scim.users_refuse_disagreement(to_jsonb(stated), to_jsonb(OLD), to_jsonb(NEW));
        END IF;
    ELSIF columns_written THEN
        NEW.resource := scim.user_resource(
            scim.user_resource_from_columns(NEW.resource, to_jsonb(NEW), to_jsonb(OLD)));
        NEW := scim.users_from_resource(NEW);
    END IF;
    -- RFC 7644 3.5.2.1: what changes nothing does not change lastModified.
    IF NEW.resource IS DISTINCT FROM OLD.resource THEN
        NEW.version := OLD.version + 1;
        NEW.last_modified := greatest(scim.clock(), OLD.last_modified);
    END IF;
    -- Undo says all of it itself.
    IF NEW.active <> OLD.active AND current_setting('scim.restoring', true) IS DISTINCT FROM 'on' THEN
        NEW := scim.users_switched(NEW);
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION scim.users_before_update() IS
    'The columns follow resource or resource the columns, whichever the statement changed. A real change raises version and last_modified.';

CREATE OR REPLACE FUNCTION scim.users_switched(person scim.users) RETURNS scim.users
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF person.active THEN
        person.removed := false;
    ELSIF (SELECT on_deactivate FROM scim.organization_settings WHERE org = person.org) = 'remove' THEN
        person.removed := true;
        person.account := NULL;
        person.login_subject := NULL;
        person.linked := NULL;
    END IF;
    RETURN person;
END
$$;
COMMENT ON FUNCTION scim.users_switched(scim.users) IS
    'The row of a person whose active changed: unlinked where the organization says on_deactivate = remove, here again when active.';

CREATE OR REPLACE FUNCTION scim.users_removed() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Waits for those who put the person into a group at this moment (their foreign key holds FOR KEY SHARE),
    -- lets nobody do so after them (scim.group_members_check), and then sees what they did. PostgreSQL has taken
    -- the same lock for the UPDATE, but only because a key has a generated column and there is a BEFORE trigger.
    PERFORM FROM scim.users WHERE org = NEW.org AND id = NEW.id FOR UPDATE;
    PERFORM scim.lock_groups_of(NEW.org, NEW.id);
    DELETE FROM scim.group_members WHERE org = NEW.org AND user_id = NEW.id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION scim.users_removed() IS
    'Takes a person out of all groups, those included that others add the person to at this moment.';

CREATE OR REPLACE FUNCTION scim.users_manager_gone() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    -- For an organization that statistics do not know yet, a plan of its own would expect one row, and read everybody for each.
    SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    -- Found without an order, and then one by one: where nothing is known yet of a new organization, a plan that
    -- wants them in order walks through everybody, for each person of a DELETE of thousands.
    reports CONSTANT uuid[] := ARRAY(SELECT id FROM scim.users WHERE org = OLD.org AND manager_id = OLD.id::text);
BEGIN
    IF reports = '{}' THEN
        RETURN NULL;
    END IF;
    PERFORM FROM (SELECT id FROM unnest(reports) AS id ORDER BY id) AS report
      CROSS JOIN LATERAL (SELECT FROM scim.users AS person
                           WHERE person.org = OLD.org AND person.id = report.id FOR NO KEY UPDATE) AS locked;
    UPDATE scim.users
       SET resource = resource #- '{urn:ietf:params:scim:schemas:extension:enterprise:2.0:User,manager}'
     WHERE org = OLD.org AND id = ANY (reports) AND manager_id = OLD.id::text;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION scim.users_manager_gone() IS
    'Nobody is left with a manager who was deleted: a reference of SCIM leads somewhere (RFC 7643 2.3.7).';

CREATE OR REPLACE FUNCTION scim.users_emails_begin() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO scim.user_emails (org, user_id, ordinal, value, type, "primary")
    SELECT people.org, people.id, ordinal, email ->> 'value', email ->> 'type',
           coalesce((email -> 'primary')::boolean, false)
      FROM people
     CROSS JOIN LATERAL jsonb_array_elements(people.resource -> 'emails')
           WITH ORDINALITY AS emails (email, ordinal)
     WHERE people.resource ? 'emails' AND email ->> 'value' <> '';
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION scim.users_emails_begin() IS
    'Fills user_emails for the people that a statement made; elements of emails without a value are no addresses.';

CREATE OR REPLACE FUNCTION scim.users_emails_follow() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM scim.user_emails WHERE org = NEW.org AND user_id = NEW.id;
    INSERT INTO scim.user_emails (org, user_id, ordinal, value, type, "primary")
    SELECT NEW.org, NEW.id, ordinal, email ->> 'value', email ->> 'type',
           coalesce((email -> 'primary')::boolean, false)
      FROM jsonb_array_elements(NEW.resource -> 'emails')
           WITH ORDINALITY AS emails (email, ordinal)
     WHERE email ->> 'value' <> '';
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION scim.users_emails_follow() IS
    'Makes user_emails what emails in users.resource says; elements without a value are no addresses.';

CREATE OR REPLACE FUNCTION scim.users_display_name_changed() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM scim.groups_changed(NEW.org, ARRAY(
        SELECT group_id FROM scim.group_members WHERE org = NEW.org AND user_id = NEW.id));
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION scim.users_display_name_changed() IS
    'Tells the groups of a person that members.display changed.';

DROP TRIGGER IF EXISTS users_keep_identity ON scim.users;
CREATE TRIGGER users_keep_identity
    BEFORE UPDATE ON scim.users
    FOR EACH ROW WHEN ((NEW.org, NEW.id, NEW.created) IS DISTINCT FROM (OLD.org, OLD.id, OLD.created))
    EXECUTE FUNCTION scim.refuse('org, id and created of a person cannot be changed.');
COMMENT ON TRIGGER users_keep_identity ON scim.users IS
    'RFC 7643 3.1: id is immutable; clients hold it.';

-- Its name makes it the first: what it sees is what the statement says.
DROP TRIGGER IF EXISTS users_as_counted ON scim.users;
CREATE TRIGGER users_as_counted
    BEFORE UPDATE ON scim.users
    FOR EACH ROW WHEN (pg_trigger_depth() = 0 AND (NEW.version, NEW.last_modified) IS DISTINCT FROM (OLD.version, OLD.last_modified))
    EXECUTE FUNCTION scim.refuse('version and last_modified of a person follow the changes of resource; they cannot be written.');
COMMENT ON TRIGGER users_as_counted ON scim.users IS
    'A version that somebody wrote may be one that a client holds for something else.';

DROP TRIGGER IF EXISTS users_before_insert ON scim.users;
CREATE TRIGGER users_before_insert
    BEFORE INSERT ON scim.users
    FOR EACH ROW WHEN (current_setting('scim.importing', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION scim.users_before_insert();
COMMENT ON TRIGGER users_before_insert ON scim.users IS
    'Keeps columns and resource in step. Not for scim.import, which hands over both (scim.importing = on).';

DROP TRIGGER IF EXISTS users_importing ON scim.users;
CREATE TRIGGER users_importing
    BEFORE INSERT ON scim.users
    FOR EACH STATEMENT WHEN (current_setting('scim.importing', true) = 'on')
    EXECUTE FUNCTION scim.users_importing();
COMMENT ON TRIGGER users_importing ON scim.users IS
    'Nobody but scim.import goes round the trigger that keeps columns and resource in step.';

DROP TRIGGER IF EXISTS users_before_update ON scim.users;
CREATE TRIGGER users_before_update
    BEFORE UPDATE ON scim.users
    FOR EACH ROW EXECUTE FUNCTION scim.users_before_update();
COMMENT ON TRIGGER users_before_update ON scim.users IS
    'Keeps columns and resource in step, and counts changes.';

DROP TRIGGER IF EXISTS users_emails_inserted ON scim.users;
CREATE TRIGGER users_emails_inserted
    AFTER INSERT ON scim.users
    REFERENCING NEW TABLE AS people
    FOR EACH STATEMENT EXECUTE FUNCTION scim.users_emails_begin();
COMMENT ON TRIGGER users_emails_inserted ON scim.users IS 'Fills user_emails.';

DROP TRIGGER IF EXISTS users_emails_updated ON scim.users;
CREATE TRIGGER users_emails_updated
    AFTER UPDATE ON scim.users
    FOR EACH ROW WHEN (NEW.resource -> 'emails' IS DISTINCT FROM OLD.resource -> 'emails')
    EXECUTE FUNCTION scim.users_emails_follow();
COMMENT ON TRIGGER users_emails_updated ON scim.users IS
    'Fills user_emails again when the addresses changed.';

DROP TRIGGER IF EXISTS users_display_name_changed ON scim.users;
CREATE TRIGGER users_display_name_changed
    AFTER UPDATE ON scim.users
    FOR EACH ROW WHEN (NEW.display_name IS DISTINCT FROM OLD.display_name)
    EXECUTE FUNCTION scim.users_display_name_changed();
COMMENT ON TRIGGER users_display_name_changed ON scim.users IS
    'A group shows the names of its members, so its ETag must change with them.';

DROP TRIGGER IF EXISTS users_removed ON scim.users;
CREATE TRIGGER users_removed
    AFTER UPDATE ON scim.users
    FOR EACH ROW WHEN (NEW.removed AND NOT OLD.removed)
    EXECUTE FUNCTION scim.users_removed();
COMMENT ON TRIGGER users_removed ON scim.users IS
    'Who is removed is in no group.';

DROP TRIGGER IF EXISTS users_manager_gone ON scim.users;
CREATE TRIGGER users_manager_gone
    AFTER DELETE ON scim.users
    FOR EACH ROW EXECUTE FUNCTION scim.users_manager_gone();
COMMENT ON TRIGGER users_manager_gone ON scim.users IS
    'Reports of who was deleted have no manager any more.';

-- Inside a trigger (ours, or the one of a cascading delete) the depth is not 0.
DROP TRIGGER IF EXISTS user_emails_derived ON scim.user_emails;
CREATE TRIGGER user_emails_derived
    BEFORE INSERT OR UPDATE OR DELETE ON scim.user_emails
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION scim.refuse(
        'scim.user_emails follows scim.users: change emails in the resource of the person instead.');
COMMENT ON TRIGGER user_emails_derived ON scim.user_emails IS
    'The addresses have one place where they are written: users.resource.';
