-- Import: shortcuts that must not lead astray. What it does with records is tested in tests/database/test_import.py.
\ir fixture/begin.sql
SELECT plan(14);

-- scim.importing is not a way round the trigger of users.
SET LOCAL scim.importing = 'on';
SELECT throws_ok($$INSERT INTO scim.users (org, user_name, resource) VALUES ('tap-one', 'jane', '{"userName": "joe"}')$$,
    '42501', 'scim.importing is for scim.import alone.', 'columns and resource that disagree');
SELECT throws_ok($$INSERT INTO scim.users (org, resource) VALUES ('tap-one', '{"userName": "joe"}')$$,
    '42501', NULL, 'nor for what would agree');
RESET scim.importing;
SELECT lives_ok($$INSERT INTO scim.users (org, resource) VALUES ('tap-one', '{"userName": "joe"}')$$, 'without it all is as ever');
INSERT INTO scim.import_staging (org, resource) VALUES ('tap-one', '{"userName": "ann"}');
SELECT results_eq($$SELECT action FROM scim.import('tap-one')$$, $$VALUES ('create')$$, 'an import');
SELECT lives_ok($$INSERT INTO scim.users (org, user_name) VALUES ('tap-one', 'after')$$, 'and after it, too');

-- One import into an organization at a time; into another one meanwhile.
SELECT ok(scim.import_lock('tap-one'), 'the lock of an organization');
SELECT ok(scim.import_lock('tap-two'), 'and that of another');
SELECT throws_ok($$SELECT * FROM scim.import('tap-one', match => 'shoe')$$, '22023', NULL, 'a way to match that there is not');
SELECT throws_ok($$SELECT * FROM scim.import('nobody')$$, 'P0002', 'There is no organization "nobody".', 'an organization that there is not');

-- Managers of the batch before were guessed: right, wrong, and one of the own batch, who is settled later.
INSERT INTO scim.import_runs (org, id, file, options) VALUES ('tap-one', '00000000-0000-8000-a000-000000000001', 'f', '{}');
INSERT INTO scim.users (org, id, user_name, external_id, manager_id) VALUES
    ('tap-one', '00000000-0000-8000-a000-00000000000a', 'boss', '7', NULL),
    ('tap-one', '00000000-0000-8000-a000-00000000000b', 'right', NULL, '00000000-0000-8000-a000-00000000000a'),
    ('tap-one', '00000000-0000-8000-a000-00000000000c', 'wrong', NULL, '00000000-0000-8000-a000-0000000000ff'),
    ('tap-one', '00000000-0000-8000-a000-00000000000d', 'peer', NULL, '00000000-0000-8000-a000-0000000000ff');
INSERT INTO scim.import_matches (org, run, resource_type, id, line, manager)
SELECT 'tap-one', '00000000-0000-8000-a000-000000000001', 'User', id,
       CASE user_name WHEN 'boss' THEN 1 WHEN 'wrong' THEN 3 WHEN 'right' THEN 5 ELSE 6 END,
       CASE user_name WHEN 'peer' THEN 'right' WHEN 'boss' THEN NULL ELSE '7' END
  FROM scim.users WHERE org = 'tap-one' AND user_name IN ('boss', 'right', 'wrong', 'peer');
SELECT ok(scim.import_lean('tap-one', '00000000-0000-8000-a000-000000000001', 5), 'a manager who was guessed right');
SELECT results_eq($$SELECT line, manager FROM scim.import_matches WHERE org = 'tap-one' AND manager IS NOT NULL ORDER BY line$$,
    $$VALUES (3::bigint, '7' COLLATE "C"), (6, 'right')$$, 'is settled; one of the same batch is not yet');
SELECT ok(NOT scim.import_lean('tap-one', '00000000-0000-8000-a000-000000000001', 3), 'a manager who was guessed wrong');

-- The mark moves only from where it is said to stand, in a run that goes on.
SELECT is(scim.import_mark('tap-one', '00000000-0000-8000-a000-000000000001', 5, 7, '{"User.create": 2}'), NULL, 'not from elsewhere');
SELECT is(scim.import_mark('tap-one', '00000000-0000-8000-a000-000000000001', 0, 2, '{"User.create": 2}'), '{"User.create": 2}', 'from there');

SELECT * FROM finish();
ROLLBACK;
