-- What scim_service, scim_reader and scim_auditor may do, and what not.
\ir fixture/begin.sql
SELECT no_plan();

-- Every relation and what each role may do with it: Select, Insert, Update, Delete; T(runcate), R(eferences) and
-- (tri)G(ger) nobody. A new relation belongs in here, whatever may be done with it.
CREATE TEMP TABLE wanted (relation text COLLATE "C", service text, reader text, auditor text);
INSERT INTO wanted VALUES
    ('users',                 'SIUD', 'S', ''),
    ('user_emails',           'SID',  'S', ''),
    ('groups',                'SIUD', 'S', ''),
    ('group_members',         'SIUD', 'S', ''),
    ('deleted_users',         'SID',  'S', ''),
    ('group_mappings',        'S',    'S', ''),
    ('indexed_attributes',    'S',    'S', ''),
    ('indexed_values',        'SID',  'S', ''),
    ('resource_counts',       'SIU',  'S', ''),
    ('list_anchors',          'SIU',  '',  ''),
    ('cursor_keys',           'S',    '',  ''),
    ('lookups',               'SIU',  'S', ''),
    ('watchers',              'SIUD', 'SIUD', 'SIUD'),
    -- Who imports is the owner of the schema, not the responder.
    ('import_staging',        '',     'S', ''),
    ('import_runs',           '',     'S', ''),
    ('import_matches',        '',     'S', ''),
    ('import_rejects',        '',     'S', ''),
    ('schema_version',        'S',    'S', 'S'),
    ('schema_attributes',     'S',    'S', ''),
    ('schema_objects',        '',     '',  ''),
    ('organizations',         'S',    'S', 'S'),
    ('organization_settings', 'S',    'S', 'S'),
    -- Of tokens more by column, see below.
    ('tokens',                'S',    '',  ''),
    ('reasons',               'S',    'S', 'S'),
    ('request_log',           'SI',   'S', 'S'),
    ('audit_events',          'SI',   'S', 'S'),
    ('refused_callers',       'SIU',  'S', 'S'),
    ('milestones',            'SIU',  'S', 'S'),
    ('guards',                'SIU',  'S', 'S'),
    ('api',                   'S',    'S', 'S'),
    -- Views see every organization: not for the responder.
    ('people',                '',     'S', ''),
    ('emails',                '',     'S', ''),
    ('phones',                '',     'S', ''),
    ('addresses',             '',     'S', ''),
    ('group_overview',        '',     'S', ''),
    ('memberships',           '',     'S', ''),
    ('effective_memberships', '',     'S', ''),
    ('team_members',          '',     'S', ''),
    ('seats',                 '',     'S', ''),
    ('connections',           '',     'S', ''),
    ('attention',             '',     'S', ''),
    ('settings',              '',     'S', 'S'),
    ('token_overview',        '',     'S', 'S'),
    ('log',                   '',     'S', 'S'),
    ('rejections',            '',     'S', 'S'),
    ('activity_by_hour',      '',     'S', 'S'),
    ('audit',                 '',     'S', 'S'),
    ('changes',               '',     'S', 'S');
GRANT SELECT ON wanted TO PUBLIC;
CREATE FUNCTION pg_temp.granted(role text, relation oid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(string_agg(letter, '' ORDER BY place), '')
      FROM unnest('{S,I,U,D,T,R,G}'::text[], '{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[])
           WITH ORDINALITY AS each_one (letter, privilege, place)
     WHERE has_table_privilege(role, relation, privilege)
$$;
SELECT results_eq(
    $$SELECT relname::text COLLATE "C", pg_temp.granted('scim_service', oid), pg_temp.granted('scim_reader', oid),
             pg_temp.granted('scim_auditor', oid)
        FROM pg_class
       WHERE relnamespace = 'scim'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT relispartition
       ORDER BY 1$$,
    'SELECT * FROM wanted ORDER BY 1',
    'each role may do with each relation what the table above says');
SELECT is_empty($$
    SELECT relation.oid::regclass, role
      FROM pg_class AS relation, (VALUES ('scim_service'), ('scim_reader'), ('scim_auditor')) AS roles (role)
     WHERE relnamespace = 'scim'::regnamespace AND relispartition AND relkind IN ('r', 'p')
       AND has_any_column_privilege(role, relation.oid, 'SELECT, INSERT, UPDATE, REFERENCES')$$,
    'nobody reads or writes a partition by itself');
SELECT is_empty($$
    SELECT oid::regclass, role
      FROM pg_class, (VALUES ('scim_service'), ('scim_reader'), ('scim_auditor')) AS roles (role)
     WHERE relnamespace = 'scim'::regnamespace AND relkind = 'S'
       AND has_sequence_privilege(role, oid, 'USAGE, SELECT, UPDATE')
       AND (relname, role) <> ('audit_events_seq', 'scim_service')$$,
    'only who writes events takes their numbers');
SELECT schema_privs_are('scim', role, ARRAY['USAGE'])
  FROM (VALUES ('scim_service'), ('scim_reader'), ('scim_auditor')) AS granted (role);

SELECT set_eq($$
    SELECT attname FROM pg_attribute
     WHERE attrelid = 'scim.tokens'::regclass AND attnum > 0
       AND has_column_privilege('scim_service', attrelid, attnum, 'UPDATE')$$,
    ARRAY['last_used', 'last_used_address', 'last_used_agent'],
    'of a token the responder writes only when it was used');
SELECT set_eq(format($$
    SELECT attname FROM pg_attribute
     WHERE attrelid = 'scim.tokens'::regclass AND attnum > 0
       AND NOT has_column_privilege(%L, attrelid, attnum, 'SELECT')$$, role),
    ARRAY['digest'], 'of a token all but the digest is seen by ' || role)
  FROM (VALUES ('scim_reader'), ('scim_auditor')) AS roles (role);
SELECT is_empty($$
    SELECT attrelid::regclass, attname, role
      FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid,
           (VALUES ('scim_service'), ('scim_reader'), ('scim_auditor')) AS roles (role)
     WHERE relnamespace = 'scim'::regnamespace AND attnum > 0 AND NOT attisdropped AND attrelid <> 'scim.tokens'::regclass
       AND has_column_privilege(role, attrelid, attnum, 'SELECT, INSERT, UPDATE, REFERENCES')
       AND NOT (has_table_privilege(role, attrelid, 'SELECT') OR has_table_privilege(role, attrelid, 'INSERT, UPDATE'))$$,
    'of no other relation single columns are granted');
SELECT set_eq($$
    SELECT proname FROM pg_proc
     WHERE pronamespace = 'scim'::regnamespace AND has_function_privilege('scim_reader', oid, 'EXECUTE')$$,
    ARRAY['activity_in', 'advice', 'advice_for', 'changed_attributes', 'flat', 'fold', 'groups_above', 'idp_of', 'like_pattern', 'log_of', 'matches_pattern', 'people_called',
          'ranked_mappings', 'sentence', 'team_members_of', 'teams_of', 'token_state', 'utc', 'why', 'why_connection',
          'history', 'history_ids', 'events_of_member', 'as_of', 'as_of_groups', 'as_of_members', 'effective_members', 'effective_groups', 'settings_of',
          'no_organization', 'call_begin', 'known_organization', 'call_end', 'as_of_begin', 'audit_from', 'refuse_call', 'uuid_of', 'ids_called', 'find_person', 'find_group',
          'people_then', 'groups_then', 'members_then', 'undo_resources', 'undo_members', 'audit_person', 'audit_group',
          'memberships_of',
          'why_gone', 'why_group', 'event_told', 'why_here', 'why_not_here', 'why_refused_unnamed', 'why_since', 'why_story'],
    'the reader may fold names, to find them by index, ask for teams, why, history and what was, and what views call');
SELECT set_eq($$
    SELECT proname FROM pg_proc
     WHERE pronamespace = 'scim'::regnamespace AND has_function_privilege('scim_auditor', oid, 'EXECUTE')$$,
    ARRAY['activity_in', 'advice', 'advice_for', 'changed_attributes', 'flat', 'fold', 'idp_of', 'no_organization', 'sentence', 'token_state', 'utc'],
    'the auditor may fold names, put reasons in words, and what views call');
SELECT set_eq($$
    SELECT proname FROM pg_proc
     WHERE pronamespace = 'scim'::regnamespace AND NOT has_function_privilege('scim_service', oid, 'EXECUTE')$$,
    ARRAY['create_organization', 'create_token', 'delete_organization', 'erase', 'make_token', 'replace_token', 'revoke_token', 'set_settings',
          'swap_token', 'write_settings', 'check', 'import', 'prune'],
    'the responder may call every function, which runs with its rights, but those of administration');
SELECT is_empty($$
    SELECT oid::regprocedure FROM pg_proc
     WHERE pronamespace = 'scim'::regnamespace AND prosecdef
       AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (proconfig), false)$$,
    'whatever runs with the rights of its owner has a fixed search_path');
SELECT is_empty($$
    SELECT pg_proc.oid::regprocedure
      FROM pg_proc CROSS JOIN LATERAL aclexplode(coalesce(proacl, acldefault('f', proowner))) AS acl
     WHERE pronamespace = 'scim'::regnamespace AND acl.grantee = 0 AND proname <> 'no_organization'$$,
    'no function is granted to PUBLIC, but for the one that says what a session forgot');

-- Nobody else.
CREATE ROLE scim_tap_stranger;
SELECT is_empty($$
    SELECT oid::regclass FROM pg_class
     WHERE relnamespace = 'scim'::regnamespace AND relkind IN ('r', 'p')
       AND has_any_column_privilege('scim_tap_stranger', oid, 'SELECT, INSERT, UPDATE, REFERENCES')$$,
    'anybody else may do nothing with a relation');
SELECT is_empty($$
    SELECT oid::regprocedure FROM pg_proc
     WHERE pronamespace = 'scim'::regnamespace AND has_function_privilege('scim_tap_stranger', oid, 'EXECUTE') AND proname <> 'no_organization'$$,
    'nor with a function');
SELECT ok(NOT has_schema_privilege('scim_tap_stranger', 'scim', 'USAGE'), 'nor with the schema');
SET LOCAL ROLE scim_owner;
CREATE FUNCTION scim.tap() RETURNS integer LANGUAGE sql AS 'SELECT 1';
RESET ROLE;
SELECT ok(NOT has_function_privilege('scim_tap_stranger', 'scim.tap()', 'EXECUTE'),
    'nor with one that is made later');
SELECT ok(NOT pg_has_role(member, role, 'MEMBER'), format('%s is no %s', member, role))
  FROM (VALUES ('scim_owner'), ('scim_service'), ('scim_reader'), ('scim_auditor')) AS members (member),
       (VALUES ('scim_owner'), ('scim_service'), ('scim_reader'), ('scim_auditor')) AS roles (role)
 WHERE member <> role;

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
RESET ROLE;

-- Whoever may read a view may call what it calls, on rows that are there.
RESET scim.org;
INSERT INTO scim.users (org, resource) VALUES ('tap-one', '{"userName": "jane", "displayName": "Jane",
    "emails": [{"value": "jane@x"}], "phoneNumbers": [{"value": "1"}], "addresses": [{"country": "CH"}]}');
INSERT INTO scim.groups (org, display_name) VALUES ('tap-one', 'Outer'), ('tap-one', 'Inner');
INSERT INTO scim.group_members (org, group_id, member_id, member_type)
SELECT 'tap-one', team.id, person.id, 'User' FROM scim.groups AS team, scim.users AS person
 WHERE team.org = 'tap-one' AND person.org = 'tap-one' AND team.display_name = 'Inner'
UNION ALL
SELECT 'tap-one', team.id, subgroup.id, 'Group' FROM scim.groups AS team, scim.groups AS subgroup
 WHERE team.org = 'tap-one' AND subgroup.org = 'tap-one' AND (team.display_name, subgroup.display_name) = ('Outer', 'Inner');
INSERT INTO scim.group_mappings (org, id, pattern, team) VALUES ('tap-one', 1, '*', 'all');
INSERT INTO scim.request_log (org, request_id, action, subject, result, status, reason, duration_ms)
VALUES ('tap-one', 'r', 'create', 'Jane', 'refused', 400, 'attr.required', 1);
INSERT INTO scim.guards (org, stopped, refused) VALUES ('tap-one', now(), 1);
CREATE TEMP TABLE readable AS
SELECT role, relation
  FROM wanted CROSS JOIN LATERAL (VALUES ('scim_reader', reader), ('scim_auditor', auditor)) AS roles (role, letters)
  JOIN pg_views ON schemaname = 'scim' AND viewname = relation
 WHERE letters = 'S' AND relation <> 'api';
GRANT SELECT ON readable TO PUBLIC;
SET LOCAL ROLE scim_reader;
SELECT isnt_empty(format($$SELECT * FROM scim.%I WHERE org = 'tap-one'$$, relation), role || ' reads ' || relation)
  FROM readable WHERE role = 'scim_reader' ORDER BY relation;
RESET ROLE;
SET LOCAL ROLE scim_auditor;
SELECT isnt_empty(format($$SELECT * FROM scim.%I WHERE org = 'tap-one'$$, relation), role || ' reads ' || relation)
  FROM readable WHERE role = 'scim_auditor' ORDER BY relation;
SELECT isnt_empty(format($$SELECT org FROM scim.%I WHERE org IN ('tap-one', 'tap-two')$$, relation), 'the auditor reads ' || relation)
  FROM unnest('{organizations,organization_settings,tokens,request_log,audit_events,guards}'::text[]) AS relation;
SELECT throws_ok(format('SELECT count(*) FROM scim.%I', relation), '42501', NULL, 'and not ' || relation)
  FROM unnest('{users,user_emails,groups,group_members,deleted_users,people,emails,lookups}'::text[]) AS relation;
SELECT throws_ok('SELECT digest FROM scim.tokens', '42501', NULL, 'nor the digest of a token');
RESET ROLE;

-- The log is not tampered with, by nobody but the owner.
CREATE TEMP TABLE attempts AS
SELECT role, statement
  FROM unnest('{scim_service,scim_reader,scim_auditor}'::text[]) AS role,
       unnest(ARRAY['UPDATE scim.%I SET at = now()', 'DELETE FROM scim.%I', 'TRUNCATE scim.%I']) AS form,
       unnest('{request_log,audit_events}'::text[]) AS relation,
       format(form, relation) AS statement;
GRANT SELECT ON attempts TO PUBLIC;
SET LOCAL scim.org = 'tap-one';
SET LOCAL ROLE scim_service;
SELECT throws_ok(statement, '42501', NULL, role || ': ' || statement) FROM attempts WHERE role = current_user;
SET LOCAL ROLE scim_reader;
SELECT throws_ok(statement, '42501', NULL, role || ': ' || statement) FROM attempts WHERE role = current_user;
SET LOCAL ROLE scim_auditor;
SELECT throws_ok(statement, '42501', NULL, role || ': ' || statement) FROM attempts WHERE role = current_user;
SET LOCAL ROLE scim_owner;
SELECT lives_ok('SELECT scim.prune()', 'the owner prunes');
RESET ROLE;

-- An installation that has no auditor yet and may not make one.
DROP OWNED BY scim_auditor;
DROP ROLE scim_auditor;
SET LOCAL ROLE scim_owner;
SET LOCAL client_min_messages = warning;
\ir ../../sql/role.sql
SELECT is(to_regrole('scim_auditor'), NULL, 'whose owner may make no role has none');
\ir ../../sql/grant.sql
SELECT pass('and is upgraded all the same');
RESET ROLE;
\ir ../../sql/role.sql
SELECT has_role('scim_auditor', 'who may make roles makes it');
SET LOCAL ROLE scim_owner;
\ir ../../sql/grant.sql
RESET ROLE;
SELECT ok(has_table_privilege('scim_auditor', 'scim.audit', 'SELECT'), 'and it gets its grants');

SELECT * FROM finish();
ROLLBACK;
