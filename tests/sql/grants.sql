-- What scim_service and scim_reader may do, and what not.
\ir fixture/begin.sql
SELECT plan(47);

SELECT table_privs_are('scim', relation, role, privileges)
  FROM (VALUES
    ('users',                 'scim_service', ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']),
    ('groups',                'scim_service', ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']),
    ('group_members',         'scim_service', ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']),
    ('user_emails',           'scim_service', ARRAY['SELECT', 'INSERT', 'DELETE']),
    ('tokens',                'scim_service', ARRAY['SELECT']),
    ('organizations',         'scim_service', ARRAY['SELECT']),
    ('organization_settings', 'scim_service', ARRAY['SELECT']),
    ('schema_version',        'scim_service', ARRAY['SELECT']),
    ('resource_counts',       'scim_service', ARRAY['SELECT', 'INSERT', 'UPDATE']),
    ('cursor_keys',           'scim_service', ARRAY['SELECT']),
    ('list_anchors',          'scim_service', ARRAY['SELECT', 'INSERT', 'UPDATE']),
    ('indexed_attributes',    'scim_service', ARRAY['SELECT']),
    ('indexed_values',        'scim_service', ARRAY['SELECT', 'INSERT', 'DELETE']),
    ('watchers',              'scim_service', ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']),
    ('watchers',              'scim_reader',  ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']),
    ('resource_counts',       'scim_reader',  ARRAY['SELECT']),
    ('cursor_keys',           'scim_reader',  ARRAY[]::text[]),
    ('list_anchors',          'scim_reader',  ARRAY[]::text[]),
    ('indexed_attributes',    'scim_reader',  ARRAY['SELECT']),
    ('indexed_values',        'scim_reader',  ARRAY['SELECT']),
    ('users',                 'scim_reader',  ARRAY['SELECT']),
    ('groups',                'scim_reader',  ARRAY['SELECT']),
    ('group_members',         'scim_reader',  ARRAY['SELECT']),
    ('user_emails',           'scim_reader',  ARRAY['SELECT']),
    ('tokens',                'scim_reader',  ARRAY[]::text[]),
    ('organizations',         'scim_reader',  ARRAY['SELECT']),
    ('organization_settings', 'scim_reader',  ARRAY['SELECT']),
    ('schema_version',        'scim_reader',  ARRAY['SELECT'])
  ) AS granted (relation, role, privileges);
SELECT schema_privs_are('scim', role, ARRAY['USAGE'])
  FROM (VALUES ('scim_service'), ('scim_reader')) AS granted (role);

SELECT set_eq($$
    SELECT attname FROM pg_attribute
     WHERE attrelid = 'scim.tokens'::regclass AND attnum > 0
       AND has_column_privilege('scim_service', attrelid, attnum, 'UPDATE')$$,
    ARRAY['last_used', 'last_used_address', 'last_used_agent'],
    'of a token the responder writes only when it was used');
SELECT set_eq($$
    SELECT attname FROM pg_attribute
     WHERE attrelid = 'scim.tokens'::regclass AND attnum > 0
       AND NOT has_column_privilege('scim_reader', attrelid, attnum, 'SELECT')$$,
    ARRAY['digest'], 'of a token the reader sees all but the digest');
SELECT set_eq($$
    SELECT proname FROM pg_proc
     WHERE pronamespace = 'scim'::regnamespace AND has_function_privilege('scim_reader', oid, 'EXECUTE')$$,
    ARRAY['advice', 'advice_for', 'fold', 'idp_of', 'like_pattern', 'log_of', 'matches_pattern', 'people_called',
          'ranked_mappings', 'sentence', 'team_members_of', 'teams_of', 'utc', 'why', 'why_connection',
          'history', 'as_of', 'as_of_groups', 'as_of_members', 'effective_members', 'effective_groups',
          'call_begin', 'call_end', 'as_of_begin', 'refuse_call', 'uuid_of', 'ids_called', 'find_person', 'find_group',
          'people_then', 'groups_then', 'members_then', 'undo_resources', 'undo_members', 'audit_person', 'audit_group',
          'memberships_of',
          'why_gone', 'why_here', 'why_not_here', 'why_refused_unnamed', 'why_story'],
    'the reader may fold names, to find them by index, and ask for teams, why, history and what was');

-- Nobody else.
CREATE ROLE scim_tap_stranger;
SELECT is_empty($$
    SELECT oid::regclass FROM pg_class
     WHERE relnamespace = 'scim'::regnamespace AND relkind IN ('r', 'p')
       AND has_any_column_privilege('scim_tap_stranger', oid, 'SELECT, INSERT, UPDATE, REFERENCES')$$,
    'anybody else may do nothing with a relation');
SELECT is_empty($$
    SELECT oid::regprocedure FROM pg_proc
     WHERE pronamespace = 'scim'::regnamespace AND has_function_privilege('scim_tap_stranger', oid, 'EXECUTE')$$,
    'nor with a function');
SELECT ok(NOT has_schema_privilege('scim_tap_stranger', 'scim', 'USAGE'), 'nor with the schema');
SET LOCAL ROLE scim_owner;
CREATE FUNCTION scim.tap() RETURNS integer LANGUAGE sql AS 'SELECT 1';
RESET ROLE;
SELECT ok(NOT has_function_privilege('scim_tap_stranger', 'scim.tap()', 'EXECUTE'),
    'nor with one that is made later');
SELECT ok(NOT pg_has_role(member, role, 'MEMBER'), format('%s is no %s', member, role))
  FROM (VALUES ('scim_service', 'scim_owner'), ('scim_service', 'scim_reader'),
               ('scim_reader', 'scim_owner'), ('scim_reader', 'scim_service')) AS strangers (member, role);

-- Tried, not only looked up.
INSERT INTO scim.tokens (org, digest, last_four, expires) VALUES ('tap-one', sha256('x'), 'abcd', '2030-01-01');
SET LOCAL ROLE scim_service;
SET LOCAL scim.org = 'tap-one';
SELECT lives_ok($$UPDATE scim.tokens SET last_used = now(), last_used_address = '192.0.2.1', last_used_agent = 'Okta'
    WHERE org = 'tap-one'$$, 'the responder notes the use of a token');
SELECT throws_ok($$UPDATE scim.tokens SET expires = 'infinity' WHERE org = 'tap-one'$$, '42501', NULL,
    'and cannot prolong it');
SELECT throws_ok($$UPDATE scim.organization_settings SET provisioning = true WHERE org = 'tap-one'$$, '42501', NULL,
    'nor switch provisioning on');
SELECT throws_ok($$CREATE TABLE scim.mine (x integer)$$, '42501', NULL, 'nor make tables');
SELECT throws_ok($$TRUNCATE scim.users CASCADE$$, '42501', NULL, 'nor empty them');
RESET ROLE;
SET LOCAL ROLE scim_reader;
SELECT throws_ok($$SELECT * FROM scim.tokens$$, '42501', NULL, 'the reader cannot read all of a token');

SELECT * FROM finish();
ROLLBACK;
