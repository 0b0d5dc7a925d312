-- Row level security: a transaction sees the organization that it named.
\ir fixture/begin.sql
SET LOCAL scim.maintenance = 'on';    -- events of our own
SELECT plan(94);

INSERT INTO scim.indexed_attributes (org, attribute, path)
SELECT org, 'displayName', '$.displayName' FROM (VALUES ('tap-one'), ('tap-two')) AS both_of (org);
INSERT INTO scim.users (org, resource)
SELECT org, '{"userName": "jane", "displayName": "Jane", "emails": [{"value": "jane@x"}]}'
  FROM (VALUES ('tap-one'), ('tap-two')) AS both_of (org);
INSERT INTO scim.groups (org, display_name) VALUES ('tap-one', 'Team'), ('tap-two', 'Team');
INSERT INTO scim.group_members (org, group_id, member_id)
SELECT org, groups.id, users.id FROM scim.groups JOIN scim.users USING (org) WHERE org IN ('tap-one', 'tap-two');
INSERT INTO scim.tokens (org, digest, last_four, expires)
VALUES ('tap-one', sha256('x'), 'abcd', '2030-01-01'), ('tap-two', sha256('x'), 'abcd', '2030-01-01');
INSERT INTO scim.list_anchors (org, token_id, resource_type, start_index, removed, created, id)
SELECT org, id, 'User', 1, 0, now(), id FROM scim.tokens WHERE org IN ('tap-one', 'tap-two');
INSERT INTO scim.deleted_users (org, id, user_name, resource, version, created, purge_after)
SELECT org, gen_random_uuid(), 'gone', '{}', 1, now(), now() FROM (VALUES ('tap-one'), ('tap-two')) AS both_of (org);
INSERT INTO scim.group_mappings (org, id, pattern, team)
SELECT org, 1, '*', 'all' FROM (VALUES ('tap-one'), ('tap-two')) AS both_of (org);
INSERT INTO scim.request_log (org, request_id, action, result, status)
SELECT org, 'r', 'call', 'done', 200 FROM (VALUES ('tap-one'), ('tap-two')) AS both_of (org);
INSERT INTO scim.audit_events (org, action, resource_type)
SELECT org, 'created', 'User' FROM (VALUES ('tap-one'), ('tap-two')) AS both_of (org);
INSERT INTO scim.lookups (org, subject_key, day, attribute)
SELECT org, 'jane', '2026-01-01', 'userName' FROM (VALUES ('tap-one'), ('tap-two')) AS both_of (org);
INSERT INTO scim.refused_callers (org, hour, address, reason)
SELECT org, '2026-01-01', '::1', 'auth.missing' FROM (VALUES ('tap-one'), ('tap-two')) AS both_of (org);
INSERT INTO scim.milestones (org, step)
SELECT org, 'first_group' FROM (VALUES ('tap-one'), ('tap-two')) AS both_of (org) ON CONFLICT DO NOTHING;
INSERT INTO scim.guards (org) SELECT org FROM (VALUES ('tap-one'), ('tap-two')) AS both_of (org);
INSERT INTO scim.watchers (org) SELECT org FROM (VALUES ('tap-one'), ('tap-two')) AS both_of (org);
INSERT INTO scim.import_runs (org, id, file, options)
SELECT org, '00000000-0000-0000-0000-000000000001', 'f', '{}' FROM (VALUES ('tap-one'), ('tap-two')) AS both_of (org);
INSERT INTO scim.import_rejects (org, run, line, resource_type, reason, sentence)
SELECT org, id, 1, 'User', 'r', 's' FROM scim.import_runs WHERE org IN ('tap-one', 'tap-two');
INSERT INTO scim.import_staging (org, resource) SELECT org, '{}' FROM (VALUES ('tap-one'), ('tap-two')) AS both_of (org);
INSERT INTO scim.import_matches (org, run, resource_type, id, line)
SELECT org, id, 'User', id, 1 FROM scim.import_runs WHERE org IN ('tap-one', 'tap-two');

CREATE TEMP TABLE fenced AS
SELECT relname::text AS name
  FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attname = 'org'
 WHERE relnamespace = 'scim'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition;
GRANT SELECT ON fenced TO PUBLIC;
SELECT is(count(*), 25::bigint, 'twenty-five relations are fenced') FROM fenced;

SET LOCAL ROLE scim_reader;
SELECT throws_ok('UPDATE scim.users SET title = title', '42501',
    'scim_reader may not do that: members of scim_reader and scim_auditor write nothing, and scim_auditor does not read people.',
    'who only reads and writes all the same is not asked for an organization');
SET LOCAL ROLE scim_auditor;
SELECT throws_ok('SELECT user_name FROM scim.users', '42501', NULL, 'nor is an auditor who wants to read people');
RESET ROLE;

-- Not for the responder, and fenced all the same.
GRANT SELECT ON scim.import_staging, scim.import_runs, scim.import_matches, scim.import_rejects TO scim_service;
SET LOCAL ROLE scim_service;
SELECT throws_ok(format('SELECT org FROM scim.%I', name), '42704', 'Nobody has said yet which organization this session works on.',
    format('%s: no organization named, an error', name)) FROM fenced;
SET LOCAL scim.org = 'tap-one';
SELECT results_eq(format('SELECT DISTINCT org FROM scim.%I', name), $$VALUES ('tap-one' COLLATE "C")$$,
    format('%s: only the organization that was named', name)) FROM fenced;
SET LOCAL scim.org = '';
SELECT is_empty(format('SELECT org FROM scim.%I', name),
    format('%s: the empty name, which a session keeps after SET LOCAL, is nobody', name)) FROM fenced;
RESET ROLE;
INSERT INTO scim.indexed_attributes (org, attribute, path) VALUES ('*', 'title', '$.title');
SET LOCAL ROLE scim_service;
SET LOCAL scim.org = 'tap-one';
SELECT set_eq('SELECT attribute FROM scim.indexed_attributes', ARRAY['displayName', 'title'],
    'what is indexed for all, each organization may know');
SET LOCAL scim.org = '*';
SELECT is_empty('SELECT org FROM scim.users', 'the star of one-role mode means nothing here');

-- Even statements that forget WHERE org = $1.
SET LOCAL scim.org = 'tap-one';
UPDATE scim.users SET title = 'reached';
DELETE FROM scim.groups;
RESET ROLE;
SELECT is(title, NULL, 'an UPDATE without WHERE stays inside') FROM scim.users WHERE org = 'tap-two';
SELECT is(count(*), 1::bigint, 'and so does a DELETE') FROM scim.groups WHERE org = 'tap-two';
SET LOCAL ROLE scim_service;
SELECT throws_ok($$INSERT INTO scim.users (org, user_name) VALUES ('tap-two', 'intruder')$$, '42501',
    NULL, 'nobody is put into another organization');
SELECT throws_ok($$INSERT INTO scim.groups (org, display_name) VALUES ('tap-two', 'Intruders')$$, '42501',
    NULL, 'and no group');
SELECT throws_ok($$UPDATE scim.users SET org = 'tap-two'$$, '23001', NULL, 'nobody is moved there');
SELECT throws_ok($$INSERT INTO scim.users (org, user_name) VALUES ('tap-one', 'jane')$$, '23505', NULL,
    'a name is taken in one''s own organization');
SELECT lives_ok($$INSERT INTO scim.users (org, user_name) VALUES ('tap-one', 'fresh')$$,
    'and never because of another');
RESET ROLE;

-- A role of the customer's own, which was granted no more than a table.
CREATE ROLE scim_tap_portal;
GRANT USAGE ON SCHEMA scim TO scim_tap_portal;
GRANT SELECT ON scim.users TO scim_tap_portal;
SET LOCAL ROLE scim_tap_portal;
SELECT results_eq('SELECT DISTINCT org FROM scim.users', $$VALUES ('tap-one' COLLATE "C")$$, 'a role that was granted a table is behind the fence, too');
RESET ROLE;
SELECT isnt_empty($$SELECT FROM pg_policies WHERE schemaname = 'scim' AND policyname = 'organization' HAVING count(*) = 25 AND bool_and(qual ~ 'no_organization' AND with_check ~ 'no_organization')$$,
    'all of the policies have the words for who forgot to name one');

-- Who works on all of them.
RESET scim.org;
SET LOCAL ROLE scim_owner;
SELECT is(count(*), 2::bigint, 'the owner sees every organization')
  FROM scim.organizations WHERE org IN ('tap-one', 'tap-two');
SELECT lives_ok($$UPDATE scim.users SET title = 'all' WHERE org IN ('tap-one', 'tap-two')$$, 'and writes them');
RESET ROLE;
SET LOCAL ROLE scim_reader;
SELECT is(count(DISTINCT org), 2::bigint, 'the reader sees every organization')
  FROM scim.users WHERE org IN ('tap-one', 'tap-two');
SELECT throws_ok($$DELETE FROM scim.users$$, '42501', NULL, 'and writes none');
RESET ROLE;

-- The first fence is the key: no row of one organization points into another.
SELECT throws_ok($$INSERT INTO scim.group_members (org, group_id, member_id)
    SELECT 'tap-two', groups.id, users.id FROM scim.groups, scim.users
     WHERE groups.org = 'tap-two' AND users.org = 'tap-one' AND users.user_name = 'jane'$$,
    '23503', NULL, 'even the superuser cannot store a membership across organizations');

SELECT * FROM finish();
ROLLBACK;
