-- Check: every promise that the data keeps, and who breaks it.
--
-- Triggers and constraints keep the promises; what gets around them (triggers
-- switched off, a restore of half the tables, another version of ICU) shows
-- here. Set-based: a promise is one query, over all people at once.

SET LOCAL client_min_messages = warning;

-- All is read, so no nested loops: where an organization was just loaded, and nothing is known of it yet, they
-- would look for each member among all people; and nothing compiled for what these then seem to cost.
CREATE OR REPLACE FUNCTION scim.check_people(of_org text, at_most integer)
    RETURNS TABLE (promise text, org text, relation text, id text, sentence text)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
    SET enable_nestloop = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    enterprise CONSTANT text := 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
BEGIN
    RETURN QUERY
    SELECT 'users.columns', person.org, 'users', person.id::text,
           format('%s: the columns do not say what resource says.', person.user_name)
      FROM scim.users AS person
     WHERE (of_org IS NULL OR person.org = of_org)
       AND (person.user_name, person.external_id, person.display_name, person.given_name, person.family_name, person.title,
            person.department, person.employee_number, person.manager_id, person.active)
           IS DISTINCT FROM
           (resource ->> 'userName', resource ->> 'externalId', resource ->> 'displayName', resource -> 'name' ->> 'givenName',
            resource -> 'name' ->> 'familyName', resource ->> 'title', resource -> enterprise ->> 'department',
            resource -> enterprise ->> 'employeeNumber', resource -> enterprise -> 'manager' ->> 'value',
            CASE resource -> 'active' WHEN 'true' THEN true WHEN 'false' THEN false ELSE person.active END)
     LIMIT at_most;

    -- Materialized: the slow look is only at those whom the quick one does not know to be good.
    RETURN QUERY
    WITH odd AS MATERIALIZED (
        SELECT person.org, person.id, person.user_name, person.resource - 'schemas' AS document,
               person.resource -> 'schemas' IS NOT DISTINCT FROM
                   CASE WHEN person.resource ? enterprise
                        THEN jsonb_build_array('urn:ietf:params:scim:schemas:core:2.0:User', enterprise)
                        ELSE '["urn:ietf:params:scim:schemas:core:2.0:User"]' END AS schemas_fit
          FROM scim.users AS person
         WHERE (of_org IS NULL OR person.org = of_org)
           AND (NOT scim.user_is_plain(person.resource - 'schemas')
                OR person.resource -> 'schemas' IS DISTINCT FROM
                   CASE WHEN person.resource ? enterprise
                        THEN jsonb_build_array('urn:ietf:params:scim:schemas:core:2.0:User', enterprise)
                        ELSE '["urn:ietf:params:scim:schemas:core:2.0:User"]' END)
    ), looked_at AS MATERIALIZED (
        SELECT odd.*, (scim.user_fault(odd.document)).sentence AS fault,
               scim.without_unassigned(scim.without_read_only(odd.document)) IS NOT DISTINCT FROM odd.document AS is_stored_form
          FROM odd
    )
    SELECT 'users.resource', person.org, 'users', person.id::text,
           format('%s: %s.', person.user_name, coalesce('in resource ' || person.fault,
               'resource is not in the form in which it is stored (nothing unassigned, nothing computed, schemas in use)'))
      FROM looked_at AS person
     WHERE person.fault IS NOT NULL OR NOT person.is_stored_form OR NOT person.schemas_fit
     LIMIT at_most;

    RETURN QUERY
    SELECT 'users.keys', person.org, 'users', person.id::text,
           format('%s: the keys are not what scim.fold makes of the names now (another version of ICU?).', person.user_name)
      FROM scim.users AS person
     WHERE (of_org IS NULL OR person.org = of_org)
       AND (person.user_name_key, person.display_name_key)
           IS DISTINCT FROM (scim.fold(person.user_name), scim.fold(person.display_name))
     LIMIT at_most;

    RETURN QUERY
    SELECT 'users.unique', person.org, 'users', min(person.id::text),
           format('%s people have the userName %s, however it is written.', count(*), min(person.user_name))
      FROM scim.users AS person
     WHERE of_org IS NULL OR person.org = of_org
     GROUP BY person.org, scim.fold(person.user_name)
    HAVING count(*) > 1
     LIMIT at_most;

    RETURN QUERY
    SELECT 'users.version', person.org, 'users', person.id::text,
           format('%s: version %s, created %s, last modified %s cannot be.', person.user_name, person.version,
                  person.created, person.last_modified)
      FROM scim.users AS person
     WHERE (of_org IS NULL OR person.org = of_org)
       AND (person.version < 1 OR person.last_modified < person.created
            OR person.created > clock_timestamp() + interval '1 day' OR person.last_modified > clock_timestamp() + interval '1 day')
     LIMIT at_most;

    RETURN QUERY
    SELECT 'users.status', person.org, 'users', person.id::text,
           format('%s: status %s is not that of active, account and removed.', person.user_name, person.status)
      FROM scim.users AS person
     WHERE (of_org IS NULL OR person.org = of_org)
       AND (person.status <> CASE WHEN removed THEN 'removed' WHEN NOT active THEN 'suspended'
                                  WHEN account IS NOT NULL THEN 'active' ELSE 'provisioned' END
            OR removed AND (active OR account IS NOT NULL))
     LIMIT at_most;

    RETURN QUERY
    SELECT 'user_emails.follow', coalesce(stated.org, kept.org), 'user_emails', coalesce(stated.id, kept.user_id)::text,
           format('The address %s of %s is %s.', coalesce(stated.ordinal, kept.ordinal),
                  coalesce((SELECT person.user_name FROM scim.users AS person
                             WHERE person.org = coalesce(stated.org, kept.org) AND person.id = coalesce(stated.id, kept.user_id)), 'nobody'),
                  CASE WHEN kept.org IS NULL THEN 'in resource and not in user_emails'
                       WHEN stated.org IS NULL THEN 'in user_emails and not in resource'
                       ELSE 'another in user_emails than in resource' END)
      FROM (SELECT person.org, person.id, listed.ordinal, listed.email
              FROM scim.users AS person
             CROSS JOIN LATERAL jsonb_array_elements(CASE jsonb_typeof(person.resource -> 'emails')
                   WHEN 'array' THEN person.resource -> 'emails' ELSE '[]' END) WITH ORDINALITY AS listed (email, ordinal)
             WHERE (of_org IS NULL OR person.org = of_org) AND listed.email ->> 'value' <> '') AS stated
      FULL JOIN (SELECT * FROM scim.user_emails AS address WHERE of_org IS NULL OR address.org = of_org) AS kept
        ON kept.org = stated.org AND kept.user_id = stated.id AND kept.ordinal = stated.ordinal
     WHERE (kept.value, kept.type, kept."primary", kept.value_key)
           IS DISTINCT FROM (stated.email ->> 'value', stated.email ->> 'type',
                             CASE WHEN stated.org IS NOT NULL THEN (stated.email -> 'primary' = 'true') IS TRUE END,
                             scim.fold(stated.email ->> 'value'))
     LIMIT at_most;

    RETURN QUERY
    SELECT 'indexed_values.follow', coalesce(stated.org, kept.org), 'indexed_values', coalesce(stated.id, kept.user_id)::text,
           format('%s: the value "%s" is %s.', coalesce(stated.attribute, kept.attribute), coalesce(stated.value_key, kept.value_key),
                  CASE WHEN kept.org IS NULL THEN 'in resource and not indexed' ELSE 'indexed and not in resource' END)
      FROM (SELECT DISTINCT person.org, person.id, indexed.attribute, found.value_key
              FROM scim.indexed_attributes AS indexed
              JOIN scim.users AS person ON indexed.org IN (person.org, '*')
             CROSS JOIN LATERAL scim.value_keys(person.resource, indexed.path) AS found (value_key)
             WHERE (of_org IS NULL OR person.org = of_org) AND indexed.ready) AS stated
      FULL JOIN (SELECT value.*
                   FROM scim.indexed_values AS value
                  WHERE (of_org IS NULL OR value.org = of_org)
                    AND EXISTS (SELECT FROM scim.indexed_attributes AS indexed
                                 WHERE indexed.org IN (value.org, '*') AND indexed.attribute = value.attribute AND indexed.ready)) AS kept
        ON kept.org = stated.org AND kept.user_id = stated.id AND kept.attribute = stated.attribute
           AND kept.value_key = stated.value_key
     WHERE kept.org IS NULL OR stated.org IS NULL
     LIMIT at_most;

    RETURN QUERY
    SELECT 'deleted_users.apart', gone.org, 'deleted_users', gone.id::text,
           format('%s: %s.', gone.user_name, CASE WHEN person.id IS NOT NULL THEN 'is kept as deleted and is here, too'
                                                  ELSE 'user_name, external_id and resource disagree, or the key is not what scim.fold makes now' END)
      FROM scim.deleted_users AS gone
      LEFT JOIN scim.users AS person ON person.org = gone.org AND person.id = gone.id
     WHERE (of_org IS NULL OR gone.org = of_org)
       AND (person.id IS NOT NULL
            OR (gone.user_name, gone.external_id, gone.user_name_key)
               IS DISTINCT FROM (gone.resource ->> 'userName', gone.resource ->> 'externalId', scim.fold(gone.user_name)))
     LIMIT at_most;
END
$$;
COMMENT ON FUNCTION scim.check_people(text, integer) IS 'The part of scim.check that is about people and what follows from them.';

CREATE OR REPLACE FUNCTION scim.check_groups(of_org text, at_most integer)
    RETURNS TABLE (promise text, org text, relation text, id text, sentence text)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
    SET enable_nestloop = off
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT 'groups.keys', team.org, 'groups', team.id::text,
           format('%s: the key is not what scim.fold makes of the name now (another version of ICU?).', team.display_name)
      FROM scim.groups AS team
     WHERE (of_org IS NULL OR team.org = of_org)
       AND team.display_name_key IS DISTINCT FROM scim.fold(team.display_name)
     LIMIT at_most;

    RETURN QUERY
    SELECT 'groups.unique', team.org, 'groups', min(team.id::text),
           format('%s groups that are to be unique have the name %s.', count(*), min(team.display_name))
      FROM scim.groups AS team
     WHERE (of_org IS NULL OR team.org = of_org) AND team.unique_name
     GROUP BY team.org, scim.fold(team.display_name)
    HAVING count(*) > 1
     LIMIT at_most;

    RETURN QUERY
    SELECT 'groups.settings', team.org, 'groups', team.id::text,
           format('%s: hidden or unique_name is not what the settings of the organization say.', team.display_name)
      FROM scim.groups AS team
      JOIN scim.organization_settings AS settings ON settings.org = team.org
     WHERE (of_org IS NULL OR team.org = of_org)
       AND (team.hidden IS DISTINCT FROM (scim.fold(team.display_name) LIKE ANY (scim.like_patterns(settings.groups_to_sync)) IS FALSE)
            OR team.unique_name AND NOT settings.unique_group_names)
     LIMIT at_most;

    RETURN QUERY
    SELECT 'groups.version', team.org, 'groups', team.id::text,
           format('%s: version %s, created %s, last modified %s cannot be.', team.display_name, team.version,
                  team.created, team.last_modified)
      FROM scim.groups AS team
     WHERE (of_org IS NULL OR team.org = of_org)
       AND (team.version < 1 OR team.last_modified < team.created
            OR team.created > clock_timestamp() + interval '1 day' OR team.last_modified > clock_timestamp() + interval '1 day')
     LIMIT at_most;

    RETURN QUERY
    SELECT 'groups.member_count', team.org, 'groups', team.id::text,
           format('%s: member_count is %s, the members are %s.', team.display_name, team.member_count, coalesce(counted.number, 0))
      FROM scim.groups AS team
      LEFT JOIN (SELECT member.org, member.group_id, count(*) AS number
                   FROM scim.group_members AS member
                  WHERE of_org IS NULL OR member.org = of_org
                  GROUP BY member.org, member.group_id) AS counted
        ON counted.org = team.org AND counted.group_id = team.id
     WHERE (of_org IS NULL OR team.org = of_org) AND team.member_count <> coalesce(counted.number, 0)
     LIMIT at_most;

    RETURN QUERY
    SELECT 'group_members.exist', member.org, 'group_members', member.group_id::text,
           format('The member %s of %s is no %s of the organization.', member.member_id, coalesce(team.display_name, 'no group'), member.member_type)
      FROM scim.group_members AS member
      LEFT JOIN scim.groups AS team ON team.org = member.org AND team.id = member.group_id
      LEFT JOIN scim.users AS person ON person.org = member.org AND person.id = member.member_id
      LEFT JOIN scim.groups AS subgroup ON subgroup.org = member.org AND subgroup.id = member.member_id
     WHERE (of_org IS NULL OR member.org = of_org)
       AND (team.id IS NULL
            OR CASE member.member_type WHEN 'User' THEN person.id IS NULL ELSE subgroup.id IS NULL END
            OR (member.user_id, member.subgroup_id)
               IS DISTINCT FROM (CASE WHEN member.member_type = 'User' THEN member.member_id END,
                                 CASE WHEN member.member_type = 'Group' THEN member.member_id END)
            OR member.member_id = member.group_id)
     LIMIT at_most;

    RETURN QUERY
    SELECT 'group_members.removed', member.org, 'group_members', person.id::text,
           format('%s was removed and is still a member of %s.', person.user_name,
                  (SELECT team.display_name FROM scim.groups AS team WHERE team.org = member.org AND team.id = member.group_id))
      FROM scim.users AS person
      JOIN scim.group_members AS member ON member.org = person.org AND member.user_id = person.id
     WHERE (of_org IS NULL OR person.org = of_org) AND person.removed
     LIMIT at_most;
END
$$;
COMMENT ON FUNCTION scim.check_groups(text, integer) IS 'The part of scim.check that is about groups and memberships.';

CREATE OR REPLACE FUNCTION scim.check_audit(of_org text, at_most integer)
    RETURNS TABLE (promise text, org text, relation text, id text, sentence text)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
    SET enable_nestloop = off
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    -- Nobody's last word may be missing: the last event of each says what there is now.
    RETURN QUERY
    WITH last_event AS MATERIALIZED (
        SELECT DISTINCT ON (event.org, event.resource_id)
               event.org, event.resource_id, event.action, event.name, event.after
          FROM scim.audit_events AS event
         WHERE (of_org IS NULL OR event.org = of_org) AND event.resource_type = 'User' AND event.resource_id IS NOT NULL
         ORDER BY event.org, event.resource_id, event.seq DESC
    )
    SELECT 'audit_events.people', told.org, 'users', told.resource_id::text,
           format('%s: %s.', coalesce(person.user_name, told.name),
                  CASE WHEN person.id IS NULL THEN 'is not here, and the audit does not tell of a deletion'
                       WHEN told.after IS NULL THEN 'is here, and the audit says deleted'
                       ELSE 'is not what the audit tells last: somebody changed the row while triggers were off' END)
      FROM last_event AS told
      LEFT JOIN scim.users AS person ON person.org = told.org AND person.id = told.resource_id
     WHERE CASE WHEN person.id IS NULL THEN told.after IS NOT NULL
                ELSE told.after IS NULL
                     OR (told.after -> 'resource', (told.after ->> 'active')::boolean, told.after ->> 'account',
                         told.after ->> 'login_subject', (told.after ->> 'linked')::timestamptz(3),
                         (told.after ->> 'removed')::boolean, (told.after ->> 'protected')::boolean)
                        IS DISTINCT FROM
                        (person.resource, person.active, person.account, person.login_subject, person.linked,
                         person.removed, person.protected) END
     LIMIT at_most;

    RETURN QUERY
    WITH last_event AS MATERIALIZED (
        SELECT DISTINCT ON (event.org, event.resource_id)
               event.org, event.resource_id, event.action, event.name, event.after
          FROM scim.audit_events AS event
         WHERE (of_org IS NULL OR event.org = of_org) AND event.resource_type = 'Group' AND event.resource_id IS NOT NULL
           AND event.action NOT IN ('members_added', 'members_removed')
         ORDER BY event.org, event.resource_id, event.seq DESC
    )
    SELECT 'audit_events.groups', told.org, 'groups', told.resource_id::text,
           format('%s: %s.', coalesce(team.display_name, told.name),
                  CASE WHEN team.id IS NULL THEN 'is not here, and the audit does not tell of a deletion'
                       WHEN told.after IS NULL THEN 'is here, and the audit says deleted'
                       ELSE 'is not what the audit tells last: somebody changed the row while triggers were off' END)
      FROM last_event AS told
      LEFT JOIN scim.groups AS team ON team.org = told.org AND team.id = told.resource_id
     WHERE CASE WHEN team.id IS NULL THEN told.after IS NOT NULL
                ELSE told.after IS NULL
                     OR (told.after ->> 'display_name', told.after ->> 'external_id', (told.after ->> 'protected')::boolean)
                        IS DISTINCT FROM (team.display_name, team.external_id, team.protected) END
     LIMIT at_most;

    RETURN QUERY
    WITH last_event AS MATERIALIZED (
        SELECT DISTINCT ON (event.org, event.resource_id, member.id)
               event.org, event.resource_id AS group_id, member.id AS member_id, event.action = 'members_added' AS is_member
          FROM scim.audit_events AS event
         CROSS JOIN LATERAL unnest(event.members) AS member (id)
         WHERE (of_org IS NULL OR event.org = of_org) AND event.action IN ('members_added', 'members_removed')
         ORDER BY event.org, event.resource_id, member.id, event.seq DESC
    )
    SELECT 'audit_events.members', told.org, 'group_members', told.group_id::text,
           format('The member %s %s.', told.member_id,
                  CASE WHEN told.is_member THEN 'came, says the audit, and is not there' ELSE 'left, says the audit, and is there' END)
      FROM last_event AS told
      LEFT JOIN scim.group_members AS member
        ON member.org = told.org AND member.group_id = told.group_id AND member.member_id = told.member_id
     WHERE told.is_member <> (member.org IS NOT NULL)
     LIMIT at_most;
END
$$;
COMMENT ON FUNCTION scim.check_audit(text, integer) IS
    'The part of scim.check that replays the audit, of whom it still tells something.';

CREATE OR REPLACE FUNCTION scim.check_organizations(of_org text, at_most integer)
    RETURNS TABLE (promise text, org text, relation text, id text, sentence text)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
    SET enable_nestloop = off
    SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT 'organizations.complete', organization.org, 'organizations', organization.org,
           format('%s has no row in scim.%s.', organization.org, missing.relation)
      FROM scim.organizations AS organization
     CROSS JOIN LATERAL (
           SELECT 'organization_settings' WHERE NOT EXISTS (
                  SELECT FROM scim.organization_settings AS settings WHERE settings.org = organization.org)
           UNION ALL
           SELECT 'cursor_keys' WHERE NOT EXISTS (
                  SELECT FROM scim.cursor_keys AS cursor WHERE cursor.org = organization.org)) AS missing (relation)
     WHERE of_org IS NULL OR organization.org = of_org
     LIMIT at_most;

    RETURN QUERY
    SELECT 'organization_settings.valid', settings.org, 'organization_settings', settings.org,
           format('required_attributes names "%s", which is no attribute of a person.', scim.settings_fault(settings.required_attributes))
      FROM scim.organization_settings AS settings
     WHERE (of_org IS NULL OR settings.org = of_org) AND scim.settings_fault(settings.required_attributes) IS NOT NULL
     LIMIT at_most;

    RETURN QUERY
    SELECT 'tokens.sane', token.org, 'tokens', token.id::text,
           format('The token "%s" %s.', token.label,
                  CASE WHEN token.expires <= token.created THEN 'expired before it was made'
                       WHEN token.expires = 'infinity' THEN 'never expires (RFC 7644 7.4: a bearer token has a limited lifetime)'
                       WHEN token.created > clock_timestamp() + interval '1 day' THEN 'was made in the future'
                       ELSE 'was used before it was made' END)
      FROM scim.tokens AS token
     WHERE (of_org IS NULL OR token.org = of_org)
       AND (token.expires <= token.created OR token.expires = 'infinity' OR token.last_used < token.created - interval '1 minute'
            OR token.created > clock_timestamp() + interval '1 day')
     LIMIT at_most;

    RETURN QUERY
    SELECT 'resource_counts.equal', organization.org, 'resource_counts', kind.resource_type,
           format('%s of type %s are counted, there are %s.', coalesce(counted.number, 0), kind.resource_type, coalesce(present.number, 0))
      FROM scim.organizations AS organization
     CROSS JOIN (VALUES ('User'), ('Group')) AS kind (resource_type)
      LEFT JOIN (SELECT slot.org, slot.resource_type, sum(slot.number) AS number
                   FROM scim.resource_counts AS slot GROUP BY slot.org, slot.resource_type) AS counted
        ON counted.org = organization.org AND counted.resource_type = kind.resource_type
      LEFT JOIN (SELECT person.org, 'User' AS resource_type, count(*) AS number FROM scim.users AS person
                  WHERE of_org IS NULL OR person.org = of_org GROUP BY person.org
                 UNION ALL
                 SELECT team.org, 'Group', count(*) FROM scim.groups AS team
                  WHERE of_org IS NULL OR team.org = of_org GROUP BY team.org) AS present
        ON present.org = organization.org AND present.resource_type = kind.resource_type
     WHERE (of_org IS NULL OR organization.org = of_org) AND coalesce(counted.number, 0) <> coalesce(present.number, 0)
     LIMIT at_most;
END
$$;
COMMENT ON FUNCTION scim.check_organizations(text, integer) IS
    'The part of scim.check that is about organizations, their settings, tokens and counts.';

CREATE OR REPLACE FUNCTION scim.present_objects()
    RETURNS TABLE (kind text, identity text, digest text)
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, pg_temp
    SET quote_all_identifiers = off     -- or else no name is the one that was noted
AS $$
    SELECT 'function', pg_catalog.format('%I(%s)', proc.proname, pg_catalog.pg_get_function_identity_arguments(proc.oid)),
           pg_catalog.md5(proc.prosrc)
      FROM pg_catalog.pg_proc AS proc
     WHERE proc.pronamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'scim')
    UNION ALL
    SELECT 'view', relname, NULL
      FROM pg_catalog.pg_class
     WHERE relkind = 'v' AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'scim')
    UNION ALL
    -- Partitions come and go; their parents are what matters.
    SELECT 'trigger', pg_catalog.format('%I on %I', tgname, relname), NULL
      FROM pg_catalog.pg_trigger
      JOIN pg_catalog.pg_class AS relation ON relation.oid = tgrelid
     WHERE NOT tgisinternal AND NOT relispartition
       AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'scim')
    UNION ALL
    SELECT 'index', relation.relname, NULL
      FROM pg_catalog.pg_index
      JOIN pg_catalog.pg_class AS relation ON relation.oid = indexrelid
     WHERE NOT relispartition AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'scim')
    UNION ALL
    SELECT 'constraint', pg_catalog.format('%I on %I', conname, relname), NULL
      FROM pg_catalog.pg_constraint
      JOIN pg_catalog.pg_class AS relation ON relation.oid = conrelid
     WHERE contype IN ('p', 'u', 'f', 'c', 'x') AND NOT relispartition
       AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'scim')
    UNION ALL
    SELECT 'policy', pg_catalog.format('%I on %I', polname, relname), NULL
      FROM pg_catalog.pg_policy
      JOIN pg_catalog.pg_class AS relation ON relation.oid = polrelid
     WHERE polname = 'organization' AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'scim')
$$;
COMMENT ON FUNCTION scim.present_objects() IS
    'What the schema scim is made of now, as schema_objects notes it.';

CREATE OR REPLACE FUNCTION scim.check_schema(at_most integer)
    RETURNS TABLE (promise text, org text, relation text, id text, sentence text)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    schema_id CONSTANT oid := (SELECT oid FROM pg_namespace WHERE nspname = 'scim');
BEGIN
    RETURN QUERY
    SELECT 'schema.complete', NULL::text, noted.kind, noted.identity,
           CASE WHEN present.identity IS NULL THEN format('The %s %s is missing. `scimlet init` makes it again, unless it belongs to a table.', noted.kind, noted.identity)
                ELSE format('The %s %s is another than that of this version. `scimlet init` makes it again.', noted.kind, noted.identity) END
      FROM scim.schema_objects AS noted
      LEFT JOIN scim.present_objects() AS present ON present.kind = noted.kind AND present.identity = noted.identity
     WHERE present.identity IS NULL OR present.digest IS DISTINCT FROM noted.digest
     ORDER BY noted.kind, noted.identity
     LIMIT at_most;

    RETURN QUERY
    SELECT 'schema.triggers', NULL::text, relname::text, tgname::text,
           format('The trigger %s on scim.%s is %s: what it keeps is not kept. ALTER TABLE scim.%2$I ENABLE TRIGGER %1$I', tgname, relname,
                  CASE tgenabled WHEN 'D' THEN 'disabled' ELSE 'only enabled for replication' END)
      FROM pg_trigger
      JOIN pg_class AS relation ON relation.oid = tgrelid
     WHERE relnamespace = schema_id AND tgenabled NOT IN ('O', 'A')
     LIMIT at_most;

    RETURN QUERY
    SELECT 'schema.row_security', NULL::text, relation.relname::text, relation.relname::text,
           format('Row level security of scim.%s is not enabled and forced.', relation.relname)
      FROM pg_class AS relation
     WHERE relnamespace = schema_id AND relkind IN ('r', 'p')
       AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = relation.oid AND attname = 'org' AND NOT attisdropped)
       AND NOT (relrowsecurity AND relforcerowsecurity)
     LIMIT at_most;

    RETURN QUERY
    SELECT 'schema.constraints', NULL::text, relation.relname::text, conname::text,
           format('The constraint %s on scim.%s was never validated.', conname, relation.relname)
      FROM pg_constraint
      JOIN pg_class AS relation ON relation.oid = conrelid
     WHERE relnamespace = schema_id AND NOT convalidated
    UNION ALL
    SELECT 'schema.constraints', NULL, relation.relname::text, relation.relname::text,
           format('The index scim.%s is not valid. REINDEX INDEX scim.%1$I', relation.relname)
      FROM pg_index
      JOIN pg_class AS relation ON relation.oid = indexrelid
     WHERE relnamespace = schema_id AND NOT (indisvalid AND indisready)
     LIMIT at_most;

    RETURN QUERY
    SELECT 'schema.partitions', NULL::text, parent, parent || to_char(month, '"_"YYYY"_"MM'),
           format('scim.%s has no partition for %s. Run `scimlet prune`.', parent, to_char(month, 'YYYY-MM'))
      FROM unnest('{request_log,audit_events}'::text[]) AS parent,
           generate_series(date_trunc('month', now() AT TIME ZONE 'UTC'),
                           date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month', '1 month') AS month
     WHERE to_regclass(format('scim.%I', parent || to_char(month, '"_"YYYY"_"MM'))) IS NULL
     LIMIT at_most;

    RETURN QUERY
    SELECT 'schema.collation', NULL::text, 'pg_collation', collname::text,
           format('The collation %s was made with version %s of ICU, and this is %s: keys may have to be made anew (users.keys, groups.keys). '
                  'Then ALTER COLLATION pg_catalog.%1$I REFRESH VERSION', collname, collversion, pg_collation_actual_version(oid))
      FROM pg_collation
     WHERE collname = 'und-x-icu' AND collnamespace = 'pg_catalog'::regnamespace
       AND collversion <> pg_collation_actual_version(oid);
END
$$;
COMMENT ON FUNCTION scim.check_schema(integer) IS
    'The part of scim.check that is about what keeps the promises: triggers, policies, constraints, partitions, the collation.';

CREATE OR REPLACE FUNCTION scim.check(of_org text DEFAULT NULL, at_most integer DEFAULT 1000)
    RETURNS TABLE (promise text, org text, relation text, id text, sentence text)
    LANGUAGE sql STABLE
AS $$
    SELECT * FROM scim.check_schema($2)
    UNION ALL
    SELECT * FROM scim.check_organizations($1, $2)
    UNION ALL
    SELECT * FROM scim.check_people($1, $2)
    UNION ALL
    SELECT * FROM scim.check_groups($1, $2)
    UNION ALL
    SELECT * FROM scim.check_audit($1, $2)
$$;
COMMENT ON FUNCTION scim.check(text, integer) IS
    'Every promise of the data that is broken, and by what: one row each, at most so many of a promise; of one organization, or of all (NULL). No row: all is well.';
