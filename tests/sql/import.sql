-- Import: shortcuts that must not lead astray. What it does with records is tested in tests/database/test_import.py.
\ir fixture/begin.sql
SELECT plan(9);

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

SELECT * FROM finish();
ROLLBACK;
