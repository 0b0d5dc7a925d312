-- People as the settings of their organization allow: what SCIM creates,
-- changes and deletes. A DBA's INSERT, UPDATE and DELETE is not subject to it.
--
-- A refusal is a value: reason (a code of scim.reasons) with its arguments,
-- and nothing was written.

SET LOCAL client_min_messages = warning;

-- Is the value there? -------------------------------------------------------

CREATE OR REPLACE FUNCTION scim.has_value(document jsonb, path text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    CASE jsonb_typeof(document)
    WHEN 'array' THEN
        RETURN EXISTS (SELECT FROM jsonb_array_elements(document) AS element
                        WHERE scim.has_value(element, path));
    WHEN 'object' THEN
        -- What describes a value is none; after a schema there is a colon, else a dot.
        RETURN EXISTS (SELECT FROM jsonb_each(document) AS member
                        WHERE CASE WHEN path = ''
                                       THEN key NOT IN ('type', 'primary', 'display', '$ref') AND scim.has_value(value, '')
                                   WHEN lower(path COLLATE "C") = lower(key COLLATE "C") THEN scim.has_value(value, '')
                                   WHEN lower(left(path, length(key) + 1) COLLATE "C")
                                            IN (lower(key COLLATE "C") || '.', lower(key COLLATE "C") || ':')
                                       THEN scim.has_value(value, substr(path, length(key) + 2))
                              END);
    WHEN 'string' THEN
        RETURN path = '' AND btrim(scim.fold(document #>> '{}')) <> '';
    ELSE
        RETURN path = '' AND document <> 'null';
    END CASE;
END
$$;
COMMENT ON FUNCTION scim.has_value(jsonb, text) IS
    'Is there something at the path, in any letter case; in one of the elements where it leads through an array? Blank text is nothing.';

CREATE OR REPLACE FUNCTION scim.missing_attribute(resource jsonb, required text[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT wanted.attribute
      FROM pg_catalog.unnest($2) WITH ORDINALITY AS wanted (attribute, place)
     CROSS JOIN LATERAL pg_catalog.regexp_replace(pg_catalog.btrim(wanted.attribute),
               '^urn:ietf:params:scim:schemas:core:2\.0:User:', '', 'i') AS path
     WHERE scim.has_value($1, path) IS NOT TRUE
       AND scim.has_value($1 -> 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User', path) IS NOT TRUE
     ORDER BY wanted.place
     LIMIT 1
$$;
COMMENT ON FUNCTION scim.missing_attribute(jsonb, text[]) IS
    'The first of the attributes that a User resource lacks; those of the enterprise extension may be named without their schema.';

-- Addresses -----------------------------------------------------------------

CREATE OR REPLACE FUNCTION scim.in_domains(address text, domains text[]) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    -- Two @ in an address are read in two ways: it is in no domain.
    SELECT EXISTS (SELECT
                     FROM pg_catalog.unnest($2) AS allowed
                    WHERE CASE WHEN pg_catalog.left(allowed, 2) = '*.'
                               THEN pg_catalog.right(parts[2], pg_catalog.length(allowed) - 1) = pg_catalog.substr(allowed, 2)
                                    AND pg_catalog.length(parts[2]) >= pg_catalog.length(allowed)
                               ELSE parts[2] = allowed
                          END)
      FROM pg_catalog.string_to_array(scim.fold($1), '@') AS parts
     WHERE pg_catalog.cardinality(parts) = 2
$$;
COMMENT ON FUNCTION scim.in_domains(text, text[]) IS
    'Is the address in one of the domains? *.example.com stands for all below example.com, not for itself. NULL: it is no address.';

CREATE OR REPLACE FUNCTION scim.foreign_address(resource jsonb, domains text[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT address
      FROM (SELECT $1 ->> 'userName' AS address
             WHERE pg_catalog.strpos(scim.fold($1 ->> 'userName'), '@') > 0
            UNION ALL
            SELECT email ->> 'value'
              FROM pg_catalog.jsonb_array_elements($1 -> 'emails') AS email
             WHERE email ->> 'value' <> '') AS addresses
     WHERE scim.in_domains(address, $2) IS NOT TRUE
     LIMIT 1
$$;
COMMENT ON FUNCTION scim.foreign_address(jsonb, text[]) IS
    'The userName, if it is an address, or the email of a User resource that is in none of the domains; NULL: there is none.';

-- PL/pgSQL, as all that runs with every write: it keeps its plans from call to call.
CREATE OR REPLACE FUNCTION scim.primary_email(resource jsonb) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found_value text;
BEGIN
    -- Most people have one, and then no query is needed.
    IF resource #>> '{emails,0,value}' <> '' AND jsonb_array_length(resource -> 'emails') = 1 THEN
        RETURN resource #>> '{emails,0,value}';
    END IF;
    SELECT email ->> 'value'
      INTO found_value
      FROM jsonb_array_elements(resource -> 'emails') WITH ORDINALITY AS emails (email, place)
     WHERE email ->> 'value' <> ''
     ORDER BY (email -> 'primary' = 'true') IS TRUE DESC, (lower(email ->> 'type') = 'work') IS TRUE DESC, place
     LIMIT 1;
    IF found_value IS NULL AND strpos(resource ->> 'userName', '@') > 0 THEN
        RETURN resource ->> 'userName';
    END IF;
    RETURN found_value;
END
$$;
COMMENT ON FUNCTION scim.primary_email(jsonb) IS
    'The email of a User resource that counts: the primary one, else the first for work, else the first, else a userName that is an address.';

-- Why not -------------------------------------------------------------------

-- Over HTTP the responder has found it out before; the API in SQL finds it out here.
CREATE OR REPLACE FUNCTION scim.provisioning_off_words(settings scim.organization_settings) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT ARRAY[coalesce($1.provisioning_off_reason, 'no reason was given.')]
$$;
COMMENT ON FUNCTION scim.provisioning_off_words(scim.organization_settings) IS
    'What the sentence of provisioning.off is filled with: why it is off, in the words of whoever switched it off.';

CREATE OR REPLACE FUNCTION scim.resource_refusal(settings scim.organization_settings, new_resource jsonb,
        OUT reason text, OUT arguments text[])
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    name_key CONSTANT text := coalesce(scim.fold(new_resource ->> 'userName'), '');
    fault text;
BEGIN
    IF btrim(name_key) = '' THEN
        reason := 'attr.required';
        arguments := ARRAY['userName'];
    ELSIF octet_length(name_key) > 1024 THEN
        reason := 'attr.too_long';
        arguments := ARRAY['userName', '1024'];
    END IF;
    IF reason IS NULL AND cardinality(settings.required_attributes) > 0 THEN
        fault := scim.missing_attribute(new_resource, settings.required_attributes);
        IF fault IS NOT NULL THEN
            reason := 'attr.required';
            arguments := ARRAY[fault];
        END IF;
    END IF;
    IF reason IS NULL AND cardinality(settings.allowed_domains) > 0 THEN
        fault := scim.foreign_address(new_resource, settings.allowed_domains);
        IF fault IS NOT NULL THEN
            reason := 'attr.domain';
            arguments := ARRAY[fault, array_to_string(settings.allowed_domains[:10], ', ')
                || CASE WHEN cardinality(settings.allowed_domains) > 10 THEN ', ...' ELSE '' END];
        END IF;
    END IF;
END
$$;
COMMENT ON FUNCTION scim.resource_refusal(scim.organization_settings, jsonb) IS
    'What of a User resource the organization does not accept: userName, required_attributes, allowed_domains. reason NULL: nothing.';

CREATE OR REPLACE FUNCTION scim.user_name_refusal(of_org text, name_key text) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (SELECT CASE WHEN active THEN 'user.name_taken' ELSE 'user.was_deactivated' END
              FROM scim.users
             WHERE org = of_org AND user_name_key = name_key);
END
$$;
COMMENT ON FUNCTION scim.user_name_refusal(text, text) IS
    'Whose is the userName, as scim.fold gives it? The reason to refuse it to others; NULL: it is free.';

CREATE OR REPLACE FUNCTION scim.change_refusal(settings scim.organization_settings, before scim.users, new_resource jsonb,
        OUT reason text, OUT arguments text[])
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    active_after CONSTANT boolean := coalesce((new_resource -> 'active')::boolean, before.active);
    changes_more CONSTANT boolean := new_resource - 'active' <> before.resource - 'active';
    email_before CONSTANT text := scim.fold(scim.primary_email(before.resource));
BEGIN
    IF NOT settings.provisioning THEN
        reason := 'provisioning.off';
        arguments := scim.provisioning_off_words(settings);
    ELSIF before.protected THEN
        reason := 'resource.protected';
        arguments := ARRAY['user', before.user_name];
    ELSIF changes_more AND NOT settings.update_users THEN
        reason := 'action.update_off';
    ELSIF active_after <> before.active AND NOT settings.deactivate_users THEN
        reason := 'action.deactivate_off';
    ELSIF changes_more THEN
        SELECT * INTO reason, arguments FROM scim.resource_refusal(settings, new_resource);
        IF reason IS NULL AND settings.email_change = 'reassign'
                AND email_before <> coalesce(scim.fold(scim.primary_email(new_resource)), '') THEN
            reason := 'attr.email_reassign';
            arguments := ARRAY[before.user_name];
        END IF;
        IF reason IS NULL AND scim.fold(new_resource ->> 'userName') <> before.user_name_key THEN
            reason := scim.user_name_refusal(before.org, scim.fold(new_resource ->> 'userName'));
            arguments := ARRAY[new_resource ->> 'userName'];
        END IF;
    END IF;
    -- Last: it counts what it lets pass.
    IF reason IS NULL AND before.active AND NOT active_after THEN
        arguments := scim.guard_refusal(before.org);
        reason := CASE WHEN arguments IS NOT NULL THEN 'guard.stopped' END;
    END IF;
END
$$;
COMMENT ON FUNCTION scim.change_refusal(scim.organization_settings, scim.users, jsonb) IS
    'Why a person may not become this resource; reason NULL: it may. The resource as scim.user_resource gives it, and another one than before.';

-- Creating and reviving -----------------------------------------------------

CREATE OR REPLACE FUNCTION scim.person_to_revive(settings scim.organization_settings, new_resource jsonb,
        OUT person_id uuid, OUT kept boolean)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    name_key CONSTANT text := scim.fold(new_resource ->> 'userName');
BEGIN
    -- externalId is not unique (RFC 7643 3.1): only who is meant without doubt comes back.
    SELECT (array_agg(known.id))[1], bool_or(known.kept)
      INTO person_id, kept
      FROM (SELECT id, active, false AS kept
              FROM scim.users WHERE org = settings.org AND external_id = new_resource ->> 'externalId'
            UNION ALL
            SELECT id, false, true
              FROM scim.deleted_users WHERE org = settings.org AND external_id = new_resource ->> 'externalId'
             LIMIT 2) AS known
    HAVING count(*) = 1 AND NOT bool_or(known.active);
    IF person_id IS NULL AND settings.revive = 'user_name' THEN
        SELECT id, false INTO person_id, kept
          FROM scim.users WHERE org = settings.org AND user_name_key = name_key AND NOT active;
    END IF;
    IF person_id IS NULL AND settings.revive = 'user_name' THEN
        SELECT id, true INTO person_id, kept
          FROM scim.deleted_users WHERE org = settings.org AND user_name_key = name_key
         ORDER BY deleted DESC
         LIMIT 1;
    END IF;
END
$$;
COMMENT ON FUNCTION scim.person_to_revive(scim.organization_settings, jsonb) IS
    'Whom a POST of the resource brings back: somebody inactive, or kept in scim.deleted_users. person_id NULL: nobody.';

CREATE OR REPLACE FUNCTION scim.revive_kept(of_org text, person_id uuid, new_resource jsonb) RETURNS scim.users
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kept scim.deleted_users;
    person scim.users;
BEGIN
    -- Waits for another who revives the same person, and then finds nobody.
    DELETE FROM scim.deleted_users WHERE org = of_org AND id = person_id RETURNING * INTO kept;
    IF kept.id IS NULL THEN
        RETURN NULL;
    END IF;
    IF EXISTS (SELECT FROM scim.users WHERE org = of_org AND account = kept.account)
            OR EXISTS (SELECT FROM scim.users WHERE org = of_org AND login_subject = kept.login_subject) THEN
        kept.account := NULL;
        kept.login_subject := NULL;
        kept.linked := NULL;
    END IF;
    PERFORM set_config('scim.restoring', 'on', true);
    INSERT INTO scim.users (org, id, resource, version, created, account, login_subject, linked, last_login)
    VALUES (of_org, person_id, new_resource, kept.version + 1, kept.created,
            kept.account, kept.login_subject, kept.linked, kept.last_login)
    RETURNING * INTO person;
    PERFORM set_config('scim.restoring', '', true);
    RETURN person;
END
$$;
COMMENT ON FUNCTION scim.revive_kept(text, uuid, jsonb) IS
    'Brings a person of scim.deleted_users back with another resource, and with the account unless it is another''s by now; NULL: somebody else did.';

CREATE OR REPLACE FUNCTION scim.revive_person(settings scim.organization_settings, new_resource jsonb,
        OUT person scim.users, OUT reason text, OUT arguments text[])
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- Silence leaves active as it is where there is a person; here it means true.
    resource_then CONSTANT jsonb := '{"active": true}' || jsonb_strip_nulls(new_resource);
    meant record;
    violated text;
BEGIN
    SELECT * INTO meant FROM scim.person_to_revive(settings, new_resource);
    IF meant.person_id IS NULL THEN
        RETURN;
    END IF;
    IF meant.kept THEN
        person := scim.revive_kept(settings.org, meant.person_id, resource_then);
    ELSE
        UPDATE scim.users SET resource = resource_then, removed = false
         WHERE org = settings.org AND id = meant.person_id AND NOT active AND NOT protected
        RETURNING * INTO person;
        IF NOT FOUND THEN
            SELECT 'resource.protected', ARRAY['user', user_name] INTO reason, arguments
              FROM scim.users WHERE org = settings.org AND id = meant.person_id AND NOT active AND protected;
        END IF;
    END IF;
EXCEPTION WHEN unique_violation THEN
    GET STACKED DIAGNOSTICS violated = CONSTRAINT_NAME;
    IF violated <> 'users_user_name_key' THEN
        RAISE;
    END IF;
    person := NULL;
    reason := coalesce(scim.user_name_refusal(settings.org, scim.fold(new_resource ->> 'userName')), 'user.name_taken');
    arguments := ARRAY[new_resource ->> 'userName'];
END
$$;
COMMENT ON FUNCTION scim.revive_person(scim.organization_settings, jsonb) IS
    'Brings back whom the resource means, if somebody; person is then the row. reason: somebody is meant, and may not come back.';

-- Planned once: left alone, PostgreSQL plans it anew with every call, which takes longer than the rest.
CREATE OR REPLACE FUNCTION scim.may_revive(settings scim.organization_settings, new_resource jsonb) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    wanted CONSTANT text := new_resource ->> 'externalId';
BEGIN
    IF settings.revive = 'user_name' THEN
        RETURN true;
    END IF;
    IF settings.revive = 'never' OR wanted IS NULL THEN
        RETURN false;
    END IF;
    PERFORM FROM scim.users WHERE org = settings.org AND external_id = wanted AND NOT active;
    IF NOT FOUND THEN
        PERFORM FROM scim.deleted_users WHERE org = settings.org AND external_id = wanted;
    END IF;
    RETURN FOUND;
END
$$;
COMMENT ON FUNCTION scim.may_revive(scim.organization_settings, jsonb) IS
    'Could a POST of the resource mean somebody who was here? Cheap: it is asked with every POST.';

CREATE OR REPLACE FUNCTION scim.log_person(person scim.users, action text, status integer, reason text DEFAULT NULL)
    RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM scim.log_done(person.org, action, 'User', person.id, person.user_name, scim.primary_email(person.resource),
        person.external_id, status, reason, CASE WHEN reason IS NOT NULL THEN ARRAY[person.user_name] END);
END
$$;
COMMENT ON FUNCTION scim.log_person(scim.users, text, integer, text) IS
    'Writes the row of request_log for what was done to a person.';

CREATE OR REPLACE FUNCTION scim.create_person_by(settings scim.organization_settings, new_resource jsonb, new_id uuid,
        OUT person scim.users, OUT revived boolean, OUT reason text, OUT arguments text[])
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    of_org CONSTANT text := settings.org;
    answer record;
BEGIN
    revived := false;
    IF NOT settings.provisioning OR NOT settings.create_users THEN
        reason := CASE WHEN settings.provisioning THEN 'action.create_off' ELSE 'provisioning.off' END;
        arguments := CASE WHEN NOT settings.provisioning THEN scim.provisioning_off_words(settings) END;
        RETURN;
    END IF;
    SELECT * INTO reason, arguments FROM scim.resource_refusal(settings, new_resource);
    IF reason IS NOT NULL THEN
        RETURN;
    END IF;
    IF scim.may_revive(settings, new_resource) THEN
        SELECT * INTO answer FROM scim.revive_person(settings, new_resource);
        person := answer.person;
        reason := answer.reason;
        arguments := answer.arguments;
        revived := person.id IS NOT NULL;
    END IF;
    IF reason IS NULL AND NOT revived THEN
        INSERT INTO scim.users (org, id, resource)
        VALUES (of_org, coalesce(new_id, gen_random_uuid()), new_resource)
            ON CONFLICT ON CONSTRAINT users_user_name_key DO NOTHING
        RETURNING * INTO person;
        IF NOT FOUND THEN
            reason := coalesce(scim.user_name_refusal(of_org, scim.fold(new_resource ->> 'userName')), 'user.name_taken');
            arguments := ARRAY[new_resource ->> 'userName'];
        END IF;
    END IF;
    IF reason IS NULL THEN
        PERFORM scim.log_person(person, CASE WHEN revived THEN 'revive' ELSE 'create' END, 201,
            CASE WHEN revived THEN 'user.revived' END);
    END IF;
END
$$;
COMMENT ON FUNCTION scim.create_person_by(scim.organization_settings, jsonb, uuid) IS
    'scim.create_person as these settings say.';

CREATE OR REPLACE FUNCTION scim.create_person(of_org text, new_resource jsonb, new_id uuid DEFAULT NULL,
        OUT person scim.users, OUT revived boolean, OUT reason text, OUT arguments text[])
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    settings scim.organization_settings;
    answer record;
BEGIN
    SELECT * INTO settings FROM scim.organization_settings WHERE org = of_org;
    SELECT * INTO answer FROM scim.create_person_by(settings, new_resource, new_id);
    person := answer.person;
    revived := answer.revived;
    reason := answer.reason;
    arguments := answer.arguments;
END
$$;
COMMENT ON FUNCTION scim.create_person(text, jsonb, uuid) IS
    'POST /Users: a new person, or one who was here before (revived). reason: refused, nothing was written.';

CREATE OR REPLACE FUNCTION scim.may_revive_any(settings scim.organization_settings, new_people jsonb) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Somebody who comes in inactive may be meant by one behind.
    RETURN settings.revive = 'user_name'
        OR settings.revive <> 'never' AND (
            new_people @? '$[*].resource ? (@.active == false)'
            OR EXISTS (SELECT
                         FROM jsonb_array_elements(new_people) AS element
                        WHERE scim.may_revive(settings, element -> 'resource')));
END
$$;
COMMENT ON FUNCTION scim.may_revive_any(scim.organization_settings, jsonb) IS
    'Could one of the people of scim.create_people mean somebody who was here?';

CREATE OR REPLACE FUNCTION scim.create_people(of_org text, new_people jsonb)
    RETURNS TABLE (place bigint, person scim.users, revived boolean, reason text, arguments text[])
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    settings scim.organization_settings;
    answer record;
BEGIN
    SELECT * INTO settings FROM scim.organization_settings WHERE org = of_org;
    IF NOT settings.provisioning OR NOT settings.create_users OR scim.may_revive_any(settings, new_people) THEN
        RETURN QUERY
        SELECT listed.place, made.person, made.revived, made.reason, made.arguments
          FROM jsonb_array_elements(new_people) WITH ORDINALITY AS listed (element, place)
         CROSS JOIN LATERAL scim.create_person(of_org, element -> 'resource', (element ->> 'id')::uuid) AS made;
        RETURN;
    END IF;
    -- One INSERT, so that what follows a statement on scim.users follows once.
    FOR answer IN
        WITH wanted AS MATERIALIZED (
            SELECT listed.place, element -> 'resource' AS resource,
                   coalesce((element ->> 'id')::uuid, gen_random_uuid()) AS id,
                   refusal.reason, refusal.arguments
              FROM jsonb_array_elements(new_people) WITH ORDINALITY AS listed (element, place)
             CROSS JOIN LATERAL scim.resource_refusal(settings, element -> 'resource') AS refusal
        ), made AS (
            INSERT INTO scim.users AS person (org, id, resource)
            SELECT of_org, wanted.id, wanted.resource
              FROM wanted
             WHERE wanted.reason IS NULL
             ORDER BY wanted.place
                ON CONFLICT ON CONSTRAINT users_user_name_key DO NOTHING
            RETURNING person
        )
        SELECT wanted.place, made.person,
               CASE WHEN wanted.reason IS NOT NULL THEN wanted.reason
                    WHEN (made.person).id IS NULL
                         THEN coalesce(scim.user_name_refusal(of_org, scim.fold(wanted.resource ->> 'userName')),
                                       'user.name_taken') END AS reason,
               CASE WHEN wanted.reason IS NOT NULL THEN wanted.arguments
                    WHEN (made.person).id IS NULL THEN ARRAY[wanted.resource ->> 'userName'] END AS arguments
          FROM wanted
          LEFT JOIN made ON (made.person).id = wanted.id
         ORDER BY wanted.place
    LOOP
        place := answer.place;
        person := answer.person;
        revived := false;
        reason := answer.reason;
        arguments := answer.arguments;
        IF reason IS NULL THEN
            PERFORM scim.log_person(person, 'create', 201);
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION scim.create_people(text, jsonb) IS
    'scim.create_person for many: an array of objects with resource and id (or without, for a new one); a row for each, in their order.';

-- Changing ------------------------------------------------------------------

CREATE OR REPLACE FUNCTION scim.lock_groups_of(of_org text, person_id uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM scim.groups
      WHERE org = of_org
        AND id = ANY (ARRAY(SELECT group_id FROM scim.group_members WHERE org = of_org AND user_id = person_id))
      ORDER BY id
        FOR NO KEY UPDATE;
END
$$;
COMMENT ON FUNCTION scim.lock_groups_of(text, uuid) IS
    'Locks the groups of a person in the order of id, as everybody does, before memberships go.';

CREATE OR REPLACE FUNCTION scim.change_person_by(settings scim.organization_settings, person_id uuid, new_resource jsonb,
        OUT person scim.users, OUT reason text, OUT arguments text[])
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    of_org CONSTANT text := settings.org;
    resource_then CONSTANT jsonb := scim.user_resource(new_resource);
    before scim.users;
BEGIN
    SELECT * INTO before FROM scim.users WHERE org = of_org AND id = person_id FOR NO KEY UPDATE;
    IF before.id IS NULL THEN
        reason := 'resource.not_found';
        arguments := ARRAY['User', person_id::text];
    ELSIF resource_then = before.resource THEN
        person := before;
    ELSE
        SELECT * INTO reason, arguments FROM scim.change_refusal(settings, before, resource_then);
        IF reason IS NULL THEN
            UPDATE scim.users SET resource = resource_then WHERE org = of_org AND id = person_id RETURNING * INTO person;
            PERFORM scim.log_person(person, CASE WHEN before.active AND NOT person.active THEN 'deactivate'
                                                 WHEN person.active AND NOT before.active THEN 'reactivate'
                                                 ELSE 'update' END, 200);
        END IF;
    END IF;
END
$$;
COMMENT ON FUNCTION scim.change_person_by(scim.organization_settings, uuid, jsonb) IS
    'scim.change_person as these settings say.';

CREATE OR REPLACE FUNCTION scim.change_person(of_org text, person_id uuid, new_resource jsonb,
        OUT person scim.users, OUT reason text, OUT arguments text[])
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    settings scim.organization_settings;
    answer record;
BEGIN
    SELECT * INTO settings FROM scim.organization_settings WHERE org = of_org;
    SELECT * INTO answer FROM scim.change_person_by(settings, person_id, new_resource);
    person := answer.person;
    reason := answer.reason;
    arguments := answer.arguments;
END
$$;
COMMENT ON FUNCTION scim.change_person(text, uuid, jsonb) IS
    'PUT and PATCH /Users/{id}: the person with another resource; the same resource changes nothing. reason: refused, nothing was written.';

-- Deleting ------------------------------------------------------------------

CREATE OR REPLACE FUNCTION scim.delete_refusal(settings scim.organization_settings, before scim.users,
        OUT reason text, OUT arguments text[])
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT settings.provisioning THEN
        reason := 'provisioning.off';
        arguments := scim.provisioning_off_words(settings);
    ELSIF before.protected THEN
        reason := 'resource.protected';
        arguments := ARRAY['user', before.user_name];
    ELSIF NOT settings.delete_users THEN
        reason := 'action.delete_off';
    ELSE
        arguments := scim.guard_refusal(before.org);
        reason := CASE WHEN arguments IS NOT NULL THEN 'guard.stopped' END;
    END IF;
END
$$;
COMMENT ON FUNCTION scim.delete_refusal(scim.organization_settings, scim.users) IS
    'Why a person may not be deleted; reason NULL: the person may.';

CREATE OR REPLACE FUNCTION scim.delete_person(of_org text, person_id uuid,
        OUT person scim.users, OUT reason text, OUT arguments text[])
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    settings scim.organization_settings;
BEGIN
    SELECT * INTO person FROM scim.users WHERE org = of_org AND id = person_id FOR UPDATE;
    IF person.id IS NULL THEN
        reason := 'resource.not_found';
        arguments := ARRAY['User', person_id::text];
        RETURN;
    END IF;
    SELECT * INTO settings FROM scim.organization_settings WHERE org = of_org;
    SELECT * INTO reason, arguments FROM scim.delete_refusal(settings, person);
    IF reason IS NOT NULL THEN
        person := NULL;
        RETURN;
    END IF;
    IF settings.on_delete = 'suspend' OR settings.email_change = 'reassign' THEN
        INSERT INTO scim.deleted_users (org, id, user_name, external_id, resource, account, login_subject,
                linked, last_login, version, created, purge_after)
        VALUES (of_org, person_id, person.user_name, person.external_id, person.resource, person.account,
                person.login_subject, person.linked, person.last_login, person.version, person.created,
                clock_timestamp() + make_interval(days => settings.keep_deleted));
    END IF;
    PERFORM scim.lock_groups_of(of_org, person_id);
    DELETE FROM scim.users WHERE org = of_org AND id = person_id;
    PERFORM scim.log_person(person, 'delete', 204);
END
$$;
COMMENT ON FUNCTION scim.delete_person(text, uuid) IS
    'DELETE /Users/{id}: person is the row that is gone, kept in scim.deleted_users where the organization says so. reason: refused, nothing was written.';
