-- Administration in one call each: organizations and tokens. The command line
-- calls the same functions. For the owner of the schema: scim_service may not.

SET LOCAL client_min_messages = warning;

-- Organizations -------------------------------------------------------------

CREATE OR REPLACE FUNCTION scim.is_name(name text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT pg_catalog.octet_length($1) <= 200 AND $1 !~ '[\u0001-\u001f\u007f]'
$$;
COMMENT ON FUNCTION scim.is_name(text) IS 'Can it be the name of an organization or the label of a token? At most 200 bytes without control characters.';

CREATE OR REPLACE FUNCTION scim.refuse_argument(message text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = message;
END
$$;
COMMENT ON FUNCTION scim.refuse_argument(text) IS 'An error (22023) with that sentence.';

CREATE OR REPLACE FUNCTION scim.token_state(expires timestamptz, revoked timestamptz) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN $2 <= pg_catalog.now() THEN 'revoked'
                WHEN $1 <= pg_catalog.now() THEN 'expired'
                WHEN $2 IS NOT NULL THEN 'grace'
                WHEN $1 < pg_catalog.now() + interval '30 days' THEN 'expiring'
                ELSE 'live' END
$$;
COMMENT ON FUNCTION scim.token_state(timestamptz, timestamptz) IS
    'The state of a token of scim.tokens: live; expiring (within 30 days); grace (replaced, and works until the time of revoked); expired; revoked. The first three work. The words of token_overview and of the command line.';

CREATE OR REPLACE FUNCTION scim.create_organization(org text, name text DEFAULT '') RETURNS boolean
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF create_organization.org ~ '^[a-z0-9][a-z0-9-]{1,62}$' IS NOT TRUE THEN
        PERFORM scim.refuse_argument(format('"%s" cannot be the key of an organization: 2 to 63 of a-z, 0-9 and -, not starting with -.', org));
    ELSIF scim.is_name(create_organization.name) IS NOT TRUE THEN
        PERFORM scim.refuse_argument('A name has at most 200 bytes and no control characters.');
    END IF;
    IF coalesce(current_setting('scim.org', true), '') = '' THEN
        PERFORM set_config('scim.org', create_organization.org, true);
    END IF;
    INSERT INTO scim.organizations (org, name) VALUES (create_organization.org, create_organization.name)
        ON CONFLICT ON CONSTRAINT organizations_pkey DO NOTHING;
    RETURN FOUND;
END
$$;
COMMENT ON FUNCTION scim.create_organization(text, text) IS
    'Makes an organization with its settings at their defaults. Arguments: org: its key, 2 to 63 of a-z, 0-9 and -, chosen once; name: what people read. Result: true, or false where there is one, which stays as it is. Errors: 22023 no such key or name can be, 42501 not the owner of the schema.';

CREATE OR REPLACE FUNCTION scim.delete_organization(org text, OUT deleted boolean, OUT people bigint, OUT groups bigint)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    of_org CONSTANT text := org;
BEGIN
    IF coalesce(current_setting('scim.org', true), '') = '' THEN
        PERFORM set_config('scim.org', of_org, true);
    END IF;
    people := 0;
    groups := 0;
    -- From here on nobody adds anything to it.
    PERFORM FROM scim.organizations AS organization WHERE organization.org = of_org FOR UPDATE;
    deleted := FOUND;
    IF NOT deleted THEN
        RETURN;
    END IF;
    -- Memberships first: with people or groups they would go one by one.
    DELETE FROM scim.group_members AS member WHERE member.org = of_org;
    DELETE FROM scim.groups AS team WHERE team.org = of_org;
    GET DIAGNOSTICS groups = ROW_COUNT;
    DELETE FROM scim.users AS person WHERE person.org = of_org;
    GET DIAGNOSTICS people = ROW_COUNT;
    DELETE FROM scim.import_staging AS staged WHERE staged.org = of_org;
    DELETE FROM scim.import_matches AS matches WHERE matches.org = of_org;
    DELETE FROM scim.organizations AS organization WHERE organization.org = of_org;
    -- Log and audit outlive what they tell of, but not their organization: another of the
    -- same key must not find them. What stays is that it was there, and who deleted it.
    PERFORM set_config('scim.maintenance', 'on', true);
    DELETE FROM scim.request_log AS log WHERE log.org = of_org;
    DELETE FROM scim.audit_events AS event
     WHERE event.org = of_org
       AND (event.resource_type <> 'Organization' OR event.action <> 'deleted');
    PERFORM set_config('scim.maintenance', '', true);
END
$$;
COMMENT ON FUNCTION scim.delete_organization(text) IS
    'Deletes an organization with all of it: people, groups, tokens, settings, log and audit. One audit event stays: when and by whom it was deleted. Nothing brings it back. Arguments: org. Result: deleted: false where there was none; people, groups: how many went. Errors: 42501 not the owner of the schema.';

-- Tokens --------------------------------------------------------------------

CREATE OR REPLACE FUNCTION scim.base62(bytes bytea, digits integer) RETURNS text
    LANGUAGE plpgsql IMMUTABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    number numeric := 0;
    written text := '';
BEGIN
    FOR place IN 0..length(bytes) - 1 LOOP
        number := number * 256 + get_byte(bytes, place);
    END LOOP;
    FOR digit IN 1..digits LOOP
        written := substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', (number % 62)::integer + 1, 1) || written;
        number := div(number, 62);
    END LOOP;
    RETURN written;
END
$$;
COMMENT ON FUNCTION scim.base62(bytea, integer) IS 'A big-endian number as that many digits of 0-9, A-Z, a-z.';

CREATE OR REPLACE FUNCTION scim.crc32(bytes bytea) RETURNS bigint
    LANGUAGE plpgsql IMMUTABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    crc bigint := 4294967295;
BEGIN
    FOR place IN 0..length(bytes) - 1 LOOP
        crc := crc # get_byte(bytes, place);
        FOR bit IN 1..8 LOOP
            crc := (crc >> 1) # ((crc & 1) * 3988292384);
        END LOOP;
    END LOOP;
    RETURN crc # 4294967295;
END
$$;
COMMENT ON FUNCTION scim.crc32(bytea) IS 'CRC-32 of IEEE 802.3, as src/base/digest.c checks it.';

CREATE OR REPLACE FUNCTION scim.new_secret(of_org text) RETURNS text
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- Without an extension there are no random bytes but those of uuids, of each 122: three have more than 256.
    random CONSTANT bytea := sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
    before CONSTANT text := 'sclt_' || of_org || '_' || scim.base62(random, 43);
BEGIN
    -- int4send would refuse half of the numbers.
    RETURN before || scim.base62(decode(lpad(to_hex(scim.crc32(before::bytea)), 8, '0'), 'hex'), 6);
END
$$;
COMMENT ON FUNCTION scim.new_secret(text) IS
    'A new token in the form that src/scim/token.c reads: sclt_, the organization, 256 random bits and their CRC-32 in base 62.';

CREATE OR REPLACE FUNCTION scim.make_token(of_org text, of_label text, of_scopes text[], until timestamptz,
        OUT secret text, OUT id uuid, OUT expires timestamptz)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    known CONSTANT text[] := '{users,groups,read,login}';
    stranger CONSTANT text := (SELECT coalesce(scope, 'NULL') FROM unnest(of_scopes) AS scope WHERE scope = ANY (known) IS NOT TRUE LIMIT 1);
BEGIN
    IF scim.is_name(of_label) IS NOT TRUE THEN
        PERFORM scim.refuse_argument('A label has at most 200 bytes and no control characters.');
    ELSIF stranger IS NOT NULL OR coalesce(cardinality(of_scopes), 0) = 0 THEN
        PERFORM scim.refuse_argument(format('There is no scope "%s". Scopes are %s.', stranger, array_to_string(known, ', ')));
    ELSIF (until > now() AND until <= now() + interval '5 years') IS NOT TRUE THEN
        PERFORM scim.refuse_argument('A token must expire in the future, and within five years (RFC 7644 7.4: a limited lifetime).');
    END IF;
    secret := scim.new_secret(of_org);
    INSERT INTO scim.tokens AS token (org, label, digest, last_four, scopes, expires)
    VALUES (of_org, of_label, sha256(secret::bytea), right(secret, 4), of_scopes, until)
    RETURNING token.id, token.expires INTO id, expires;
END
$$;
COMMENT ON FUNCTION scim.make_token(text, text, text[], timestamptz) IS
    'Makes a token and returns it, this once; only its digest is kept.';

CREATE OR REPLACE FUNCTION scim.create_token(org text, label text DEFAULT '', scopes text[] DEFAULT '{users,groups}',
        lifetime interval DEFAULT '1 year') RETURNS text
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    request_before CONSTANT text := scim.call_begin(org);
    made record;
BEGIN
    SELECT * INTO made FROM scim.make_token(org, label, scopes, now() + lifetime);
    PERFORM scim.call_end(request_before);
    RETURN made.secret;
END
$$;
COMMENT ON FUNCTION scim.create_token(text, text, text[], interval) IS
    'Makes a token of an organization, each call another one. Arguments: org; label: what people call it; scopes: some of users, groups, read, login; lifetime: at most 5 years. Result: the token, shown this once: only its digest is kept. Errors: 22023 no such label, scope or lifetime can be, 23001 single sign-on must be set up first (require_sso), P0002 no such organization, 42501 not the owner of the schema.';

CREATE OR REPLACE FUNCTION scim.swap_token(of_org text, old_id uuid, grace interval, until timestamptz,
        OUT secret text, OUT id uuid, OUT label text, OUT expires timestamptz, OUT old_ends timestamptz)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    old scim.tokens;
BEGIN
    SELECT * INTO old FROM scim.tokens AS token WHERE token.org = of_org AND token.id = old_id FOR UPDATE;
    IF old.id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'no_data_found', MESSAGE = format('"%s" has no token "%s".', of_org, old_id);
    ELSIF old.revoked IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = 'That token was revoked or replaced before; nothing was changed. Make a new one.';
    ELSIF (grace >= interval '0') IS NOT TRUE THEN
        PERFORM scim.refuse_argument('The old token cannot end in the past.');
    END IF;
    SELECT made.secret, made.id, made.expires INTO secret, id, expires
      FROM scim.make_token(of_org, old.label, old.scopes, until) AS made;
    label := old.label;
    UPDATE scim.tokens AS token SET revoked = now() + grace
     WHERE token.org = of_org AND token.id = old_id
    RETURNING token.revoked INTO old_ends;
END
$$;
COMMENT ON FUNCTION scim.swap_token(text, uuid, interval, timestamptz) IS
    'What scim.replace_token does; and the id and end of the new token, and when the old one ends.';

CREATE OR REPLACE FUNCTION scim.replace_token(org text, token uuid, grace interval DEFAULT '24 hours', lifetime interval DEFAULT '1 year')
    RETURNS text
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    request_before CONSTANT text := scim.call_begin(org);
    made record;
BEGIN
    SELECT * INTO made FROM scim.swap_token(org, token, grace, now() + lifetime);
    PERFORM scim.call_end(request_before);
    RETURN made.secret;
END
$$;
COMMENT ON FUNCTION scim.replace_token(text, uuid, interval, interval) IS
    'Makes a token of the same label and scopes in place of another. Arguments: org; token: the id of the old one, which lives on for grace; lifetime of the new one. Result: the new token, shown this once. Errors: as scim.create_token; P0002 no such token, 55000 it was revoked or replaced before.';

CREATE OR REPLACE FUNCTION scim.revoke_token(org text, token uuid) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    request_before CONSTANT text := scim.call_begin(org);
    of_org CONSTANT text := org;
    was timestamptz;
BEGIN
    SELECT coalesce(known.revoked, 'infinity') INTO was
      FROM scim.tokens AS known WHERE known.org = of_org AND known.id = token FOR UPDATE;
    IF was IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'no_data_found', MESSAGE = format('"%s" has no token "%s".', of_org, token);
    END IF;
    IF was > now() THEN
        UPDATE scim.tokens AS known SET revoked = now() WHERE known.org = of_org AND known.id = token;
    END IF;
    PERFORM scim.call_end(request_before);
    RETURN was > now();
END
$$;
COMMENT ON FUNCTION scim.revoke_token(text, uuid) IS
    'Refuses a token from the next request on. Arguments: org; token: its id. Result: true, or false where it was revoked before. Errors: P0002 no such token or organization, 42501 not the owner of the schema.';

-- Settings ------------------------------------------------------------------

CREATE OR REPLACE FUNCTION scim.settings_of(org text) RETURNS TABLE (setting text, value jsonb, meaning text)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    request_before CONSTANT text := scim.call_begin(org);
BEGIN
    RETURN QUERY
    SELECT 'name', to_jsonb(organization.name), 'The name people read.'
      FROM scim.organizations AS organization WHERE organization.org = settings_of.org;
    RETURN QUERY
    SELECT attribute.attname::text, to_jsonb(settings) -> attribute.attname::text, col_description(attribute.attrelid, attribute.attnum)
      FROM scim.organization_settings AS settings, pg_attribute AS attribute
     WHERE settings.org = settings_of.org
       AND attribute.attrelid = 'scim.organization_settings'::regclass
       AND attribute.attnum > 0 AND NOT attribute.attisdropped AND attribute.attname <> 'org'
     ORDER BY attribute.attnum;
    PERFORM scim.call_end(request_before);
END
$$;
COMMENT ON FUNCTION scim.settings_of(text) IS
    'The settings of an organization, with what each means. Arguments: org. Result: setting, value, meaning. Errors: P0002 no such organization, 42501 the transaction works on another one.';

CREATE OR REPLACE FUNCTION scim.refuse_setting(setting text, value jsonb) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'invalid_parameter_value',
        MESSAGE = format('%s cannot be %s; nothing was changed.', setting, value),
        -- The command line says it in its words (src/cli/org.c).
        SCHEMA = 'scim', TABLE = 'organization_settings', CONSTRAINT = 'organization_settings_' || setting || '_check',
        DETAIL = coalesce((SELECT format('It is of type %s. %s', format_type(attribute.atttypid, attribute.atttypmod),
                                         col_description(attribute.attrelid, attribute.attnum))
                             FROM pg_attribute AS attribute
                            WHERE attribute.attrelid = 'scim.organization_settings'::regclass AND attribute.attname = setting),
                          'A text of at most 200 bytes without control characters.'),
        HINT = coalesce((SELECT obj_description(rule.oid, 'pg_constraint') FROM pg_constraint AS rule
                          WHERE rule.conrelid = 'scim.organization_settings'::regclass
                            AND rule.conname = 'organization_settings_' || setting || '_check'), '');
END
$$;
COMMENT ON FUNCTION scim.refuse_setting(text, jsonb) IS
    'An error (22023) that says what a setting can be: its type and comment as DETAIL, the comment of its constraint as HINT.';

CREATE OR REPLACE FUNCTION scim.setting_fits(setting text, value jsonb) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE
        WHEN setting = 'name' THEN jsonb_typeof(value) = 'string' AND scim.is_name(value #>> '{}')
        WHEN value = 'null' THEN true
        WHEN setting IN ('provisioning_off_reason', 'sso_entity_id') THEN jsonb_typeof(value) = 'string' AND scim.is_name(value #>> '{}')
        WHEN setting = 'sso_sign_on_url' THEN value #>> '{}' ~ '^https?://[^[:space:][:cntrl:]]+$' AND octet_length(value #>> '{}') <= 2000
        WHEN setting IN ('required_attributes', 'allowed_domains', 'groups_to_sync') THEN jsonb_typeof(value) = 'array'
            AND NOT EXISTS (SELECT FROM jsonb_array_elements(CASE jsonb_typeof(value) WHEN 'array' THEN value ELSE '[]' END) AS item
                             WHERE jsonb_typeof(item) <> 'string' OR octet_length(item #>> '{}') NOT BETWEEN 1 AND 1024
                                OR (setting = 'allowed_domains' AND item #>> '{}' !~ '^[^.@,\u0001- ][^@,\u0001- ]*$'))
        ELSE jsonb_typeof(value) IN ('boolean', 'number', 'string')
        END;
END
$$;
COMMENT ON FUNCTION scim.setting_fits(text, jsonb) IS
    'What no CHECK says of a setting: true where the value is of its kind, and no text in it breaks what shows it.';

CREATE OR REPLACE FUNCTION scim.check_setting(setting text, value jsonb) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF setting NOT IN (SELECT attname FROM pg_attribute
                        WHERE attrelid = 'scim.organization_settings'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'org'
                       UNION ALL SELECT 'name') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('There is no setting "%s"; nothing was changed.', setting),
            DETAIL = 'Settings are name, ' || (SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute
                WHERE attrelid = 'scim.organization_settings'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'org') || '.';
    END IF;
    -- What no CHECK says; the rest is found out by writing it.
    IF scim.setting_fits(setting, value) IS NOT TRUE THEN
        PERFORM scim.refuse_setting(setting, value);
    END IF;
    PERFORM jsonb_populate_record(NULL::scim.organization_settings, jsonb_build_object(setting, value));
EXCEPTION WHEN data_exception THEN
    IF SQLSTATE = '22023' THEN
        RAISE;
    END IF;
    PERFORM scim.refuse_setting(setting, value);
END
$$;
COMMENT ON FUNCTION scim.check_setting(text, jsonb) IS
    'An error (22023) unless there is such a setting and the value is of its kind.';

CREATE OR REPLACE FUNCTION scim.write_settings(of_org text, changes jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    fault text;
BEGIN
    UPDATE scim.organizations SET name = changes ->> 'name' WHERE org = of_org AND name <> changes ->> 'name';
    UPDATE scim.organization_settings AS setting
       SET (provisioning, provisioning_off_reason, replace_without_target,
            create_users, update_users, deactivate_users, delete_users, push_groups,
            require_sso, sso_protocol, sso_entity_id, sso_sign_on_url,
            required_attributes, allowed_domains, email_change,
            on_deactivate, on_delete, keep_deleted, revive,
            groups_to_sync, unique_group_names, seat_limit, seat_policy,
            guard_per_hour, guard_percent, keep_log, keep_audit, idp) =
           (SELECT wanted.provisioning,
                   -- Switched on, it has no reason to be off; the next time has a reason of its own.
                   CASE WHEN changes @> '{"provisioning": true}' AND NOT changes ? 'provisioning_off_reason' THEN NULL
                        ELSE wanted.provisioning_off_reason
                   END,
                   wanted.replace_without_target,
                   wanted.create_users, wanted.update_users, wanted.deactivate_users, wanted.delete_users,
                   wanted.push_groups,
                   wanted.require_sso, wanted.sso_protocol, wanted.sso_entity_id, wanted.sso_sign_on_url,
                   wanted.required_attributes, wanted.allowed_domains, wanted.email_change,
                   wanted.on_deactivate, wanted.on_delete, wanted.keep_deleted, wanted.revive,
                   wanted.groups_to_sync, wanted.unique_group_names, wanted.seat_limit, wanted.seat_policy,
                   wanted.guard_per_hour, wanted.guard_percent, wanted.keep_log, wanted.keep_audit, wanted.idp
              FROM jsonb_populate_record(setting, changes - 'name') AS wanted)
     WHERE setting.org = of_org;
EXCEPTION
    WHEN check_violation THEN
        GET STACKED DIAGNOSTICS fault = CONSTRAINT_NAME;
        fault := substring(fault FROM '^organization_settings_(.*)_check$');
        PERFORM scim.refuse_setting(fault, changes -> fault);
    WHEN not_null_violation THEN
        GET STACKED DIAGNOSTICS fault = COLUMN_NAME;
        PERFORM scim.refuse_setting(fault, changes -> fault);
END
$$;
COMMENT ON FUNCTION scim.write_settings(text, jsonb) IS 'Writes settings that scim.check_setting let pass, all of them or none.';

CREATE OR REPLACE FUNCTION scim.set_settings(org text, changes jsonb) RETURNS TABLE (setting text, before jsonb, after jsonb)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    request_before CONSTANT text := scim.call_begin(org);
    was jsonb;
BEGIN
    IF jsonb_typeof(changes) IS DISTINCT FROM 'object' THEN
        PERFORM scim.refuse_argument('Settings are changed by a JSON object of their names and new values.');
    END IF;
    -- One change at a time, so that before is what it was.
    PERFORM FROM scim.organization_settings AS locked WHERE locked.org = set_settings.org FOR NO KEY UPDATE;
    SELECT jsonb_object_agg(known.setting, known.value) INTO was FROM scim.settings_of(set_settings.org) AS known;
    PERFORM scim.check_setting(change.key, change.value) FROM jsonb_each(changes) AS change;
    -- Without a change there is no write.
    IF EXISTS (SELECT FROM jsonb_each(changes) AS change WHERE was -> change.key IS DISTINCT FROM change.value) THEN
        PERFORM scim.write_settings(set_settings.org, changes);
    END IF;
    RETURN QUERY
    SELECT known.setting, was -> known.setting, known.value
      FROM scim.settings_of(set_settings.org) AS known
     WHERE known.value IS DISTINCT FROM was -> known.setting;
    PERFORM scim.call_end(request_before);
END
$$;
COMMENT ON FUNCTION scim.set_settings(text, jsonb) IS
    'Changes settings of an organization, and its name, all of them or none; they hold from the next request on. Call it again: nothing changes. Arguments: org; changes: a JSON object, {"delete_users": false, "allowed_domains": ["example.com"], "seat_limit": null}; what it does not name stays. Result: a row for each that changed. Errors: 22023 no such setting or value (DETAIL and HINT say what can be), 23001 groups have the same name already (unique_group_names), P0002 no such organization, 42501 not the owner of the schema.';
