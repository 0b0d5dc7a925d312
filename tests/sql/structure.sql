-- The relations, and the rules that every one of them keeps.
\ir fixture/begin.sql
SELECT plan(26);

SELECT tables_are('scim', ARRAY[
    'schema_version', 'organizations', 'organization_settings', 'tokens',
    'users', 'user_emails', 'groups', 'group_members',
    'resource_counts', 'cursor_keys', 'list_anchors', 'indexed_attributes', 'indexed_values',
    'deleted_users', 'group_mappings', 'reasons', 'request_log', 'audit_events', 'lookups', 'refused_callers',
    'milestones', 'guards', 'watchers', 'schema_attributes', 'schema_objects', 'import_staging', 'import_runs', 'import_matches', 'import_rejects']
    || (SELECT array_agg(relname::text) FROM pg_class WHERE relispartition AND relkind = 'r' AND relnamespace = 'scim'::regnamespace));
SELECT results_eq(
    'SELECT version FROM scim.schema_version ORDER BY version',
    'SELECT generate_series(1, (SELECT max(version) FROM scim.schema_version))',
    'every migration up to the last has written its number');

SELECT columns_are('scim', 'tokens', ARRAY[
    'org', 'id', 'label', 'digest', 'last_four', 'scopes', 'created', 'created_by', 'expires',
    'revoked', 'last_used', 'last_used_address', 'last_used_agent']);
SELECT columns_are('scim', 'users', ARRAY[
    'org', 'id', 'user_name', 'user_name_key', 'external_id', 'display_name', 'display_name_key',
    'given_name', 'family_name', 'title', 'department', 'employee_number', 'manager_id', 'active',
    'resource', 'version', 'created', 'last_modified',
    'account', 'login_subject', 'linked', 'last_login', 'removed', 'protected', 'status']);
SELECT columns_are('scim', 'user_emails', ARRAY[
    'org', 'user_id', 'ordinal', 'value', 'value_key', 'type', 'primary']);
SELECT columns_are('scim', 'groups', ARRAY[
    'org', 'id', 'display_name', 'display_name_key', 'external_id', 'unique_name', 'member_count', 'version',
    'created', 'last_modified', 'hidden', 'protected']);
SELECT columns_are('scim', 'group_members', ARRAY[
    'org', 'group_id', 'member_id', 'member_type', 'user_id', 'subgroup_id']);

SELECT columns_are('scim', 'resource_counts', ARRAY['org', 'resource_type', 'slot', 'number', 'removed']);
SELECT columns_are('scim', 'list_anchors', ARRAY[
    'org', 'token_id', 'resource_type', 'start_index', 'removed', 'created', 'id']);
SELECT columns_are('scim', 'indexed_attributes', ARRAY['org', 'attribute', 'path', 'ready']);
SELECT columns_are('scim', 'indexed_values', ARRAY['org', 'user_id', 'attribute', 'value_key']);

SELECT col_is_pk('scim', 'users', ARRAY['org', 'id']::name[], 'the key of users');
SELECT col_is_pk('scim', 'groups', ARRAY['org', 'id']::name[], 'the key of groups');
SELECT col_is_pk('scim', 'group_members', ARRAY['org', 'group_id', 'member_id']::name[], 'the key of group_members');
SELECT col_is_unique('scim', 'users', ARRAY['org', 'user_name_key']::name[], 'userName is unique in its folded form');
SELECT col_is_unique('scim', 'tokens', ARRAY['org', 'digest']::name[], 'a digest is unique');

-- house.md: the tenant key is the first column of every key and index; but that of the members
-- of events is GIN, which holds no text without an extension, and their ids are random.
SELECT is_empty($$
    SELECT index.indexrelid::regclass
      FROM pg_index AS index
      JOIN pg_class AS relation ON relation.oid = index.indrelid
      LEFT JOIN pg_attribute AS first
        ON first.attrelid = index.indrelid AND first.attnum = index.indkey[0]
     WHERE relation.relnamespace = 'scim'::regnamespace
       AND relation.relname NOT IN ('schema_version', 'reasons', 'schema_attributes', 'schema_objects')
       AND first.attname IS DISTINCT FROM 'org'
       AND index.indexrelid::regclass::text !~ '^scim\.audit_events_([0-9_]+_|other_)?members_idx$'
    $$, 'every index starts with org');
SELECT is_empty($$
    SELECT conrelid::regclass, conname
      FROM pg_constraint
      JOIN pg_attribute AS here  ON here.attrelid  = conrelid  AND here.attnum  = conkey[1]
      JOIN pg_attribute AS there ON there.attrelid = confrelid AND there.attnum = confkey[1]
     WHERE connamespace = 'scim'::regnamespace AND contype = 'f'
       AND (here.attname, there.attname) <> ('org', 'org')
    $$, 'every foreign key starts with org on both sides');
SELECT is_empty($$
    SELECT attrelid::regclass, attname
      FROM pg_attribute
      JOIN pg_class ON pg_class.oid = attrelid AND relkind = 'i'
     WHERE relnamespace = 'scim'::regnamespace
       AND atttypid = 'text'::regtype AND attcollation <> '"C"'::regcollation
    $$, 'every indexed text is COLLATE "C", so no upgrade of the C library corrupts an index');
SELECT is_empty($$
    SELECT relation.oid::regclass
      FROM pg_class AS relation
      JOIN pg_attribute ON attrelid = relation.oid AND attname = 'org'
     WHERE relnamespace = 'scim'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
       AND NOT (relrowsecurity AND relforcerowsecurity
                AND EXISTS (SELECT FROM pg_policy
                             WHERE polrelid = relation.oid AND polname = 'organization'
                               AND polroles = '{0}' AND polcmd = '*'
                               AND polqual IS NOT NULL AND polwithcheck IS NOT NULL))
    $$, 'every relation with org has row level security, forced, with the policy of the organization');
SELECT is_empty($$
    SELECT table_name
      FROM information_schema.columns
     WHERE table_schema = 'scim' AND table_name NOT IN ('schema_version', 'reasons', 'schema_attributes', 'schema_objects')
       AND table_name NOT IN (SELECT viewname FROM pg_views WHERE schemaname = 'scim')
     GROUP BY table_name
    HAVING bool_or(column_name = 'org' AND is_nullable = 'NO') IS NOT TRUE
    $$, 'every relation but those about the schema has org, never null');

SELECT is_empty($$
    SELECT oid::regprocedure FROM pg_proc
     WHERE pronamespace = 'scim'::regnamespace AND prosecdef
    $$, 'no function runs with rights other than those of its caller');
SELECT is_empty($$
    SELECT pg_proc.oid::regprocedure
      FROM pg_proc
      JOIN pg_language ON pg_language.oid = prolang
     WHERE pronamespace = 'scim'::regnamespace AND lanname = 'plpgsql'
       AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (proconfig), false)
    $$, 'every function in plpgsql pins its search_path');
SELECT is_empty($$
    SELECT oid::regclass FROM pg_class
     WHERE relnamespace = 'scim'::regnamespace
       AND relowner <> (SELECT nspowner FROM pg_namespace WHERE nspname = 'scim')
    $$, 'everything belongs to the owner of the schema');
SELECT is(
    (SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'scim'),
    'scim_owner', 'which is scim_owner');
SELECT is_empty($$
    SELECT rolname FROM pg_roles
     WHERE rolname IN ('scim_owner', 'scim_service', 'scim_reader', 'scim_auditor')
       AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb
            OR rolcanlogin <> (rolname = 'scim_service'))
    $$, 'only scim_service may log in, and no role has more than grants');

SELECT * FROM finish();
ROLLBACK;
