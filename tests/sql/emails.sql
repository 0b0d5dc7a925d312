-- scim.user_emails follows users.resource and nothing else.
\ir fixture/begin.sql
SELECT plan(16);

CREATE FUNCTION pg_temp.addresses(name text) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT array_agg(concat_ws(' ', e.ordinal, e.value, e.value_key, e.type, e."primary") ORDER BY e.ordinal)
      FROM scim.user_emails AS e JOIN scim.users AS u ON u.org = e.org AND u.id = e.user_id
     WHERE u.org = 'tap-one' AND u.user_name_key = name
$$;

INSERT INTO scim.users (org, resource) VALUES ('tap-one', '{"userName": "jane", "emails": [
    {"value": "Jane@Work.example", "type": "work", "primary": true},
    {"type": "other"}, {"value": ""},
    {"value": "jane@home.example", "type": "home"},
    {"value": "jane@bare.example"}]}');
SELECT is(pg_temp.addresses('jane'), ARRAY[
    '1 Jane@Work.example jane@work.example work t',
    '3 jane@home.example jane@home.example home f',
    '4 jane@bare.example jane@bare.example f'],
    'an address is a row, in its place; what is empty is no element');

UPDATE scim.users SET resource = resource || '{"emails": [{"value": "new@work.example"}]}'
 WHERE org = 'tap-one';
SELECT is(pg_temp.addresses('jane'), ARRAY['1 new@work.example new@work.example f'],
    'addresses follow a change');
CREATE TEMP TABLE before AS SELECT ctid AS place FROM scim.user_emails WHERE org = 'tap-one';
UPDATE scim.users SET title = 'Boss' WHERE org = 'tap-one';
SELECT results_eq($$SELECT ctid FROM scim.user_emails WHERE org = 'tap-one'$$,
    'SELECT place FROM before', 'another change does not write them again');
UPDATE scim.users SET resource = resource || '{"emails": []}' WHERE org = 'tap-one';
SELECT is(pg_temp.addresses('jane'), NULL, 'an empty list is no address');
UPDATE scim.users SET resource = resource || '{"emails": [{"value": "a@x"}]}' WHERE org = 'tap-one';
UPDATE scim.users SET resource = resource - 'emails' WHERE org = 'tap-one';
SELECT is(pg_temp.addresses('jane'), NULL, 'and so is no list');

INSERT INTO scim.users (org, resource)
SELECT 'tap-one', jsonb_build_object('userName', 'p' || i,
           'emails', jsonb_build_array(jsonb_build_object('value', 'p' || i || '@x')))
  FROM generate_series(1, 50) AS i;
SELECT is(count(*), 50::bigint, 'a load of many people brings their addresses')
  FROM scim.user_emails WHERE org = 'tap-one';
SELECT lives_ok($$INSERT INTO scim.users (org, resource)
    VALUES ('tap-two', '{"userName": "p1", "emails": [{"value": "p1@x"}]}')$$,
    'an address is not unique, here or elsewhere');

PREPARE insert_one AS INSERT INTO scim.user_emails (org, user_id, ordinal, value)
    SELECT org, id, 9, 'sneaked@x' FROM scim.users WHERE org = 'tap-one' LIMIT 1;
PREPARE update_all AS UPDATE scim.user_emails SET value = 'sneaked@x' WHERE org = 'tap-one';
PREPARE delete_all AS DELETE FROM scim.user_emails WHERE org = 'tap-one';
PREPARE delete_none AS DELETE FROM scim.user_emails WHERE false;
SELECT throws_ok(statement, '23001',
        'scim.user_emails follows scim.users: change emails in the resource of the person instead.', statement)
  FROM (VALUES ('insert_one'), ('update_all'), ('delete_all'), ('delete_none')) AS refused (statement);
SET LOCAL ROLE scim_service;
SET LOCAL scim.org = 'tap-one';
SELECT throws_ok('delete_all', '23001', NULL, 'nor does the responder write them');
SELECT lives_ok($$UPDATE scim.users SET resource = resource || '{"emails": [{"value": "service@x"}]}'
    WHERE org = 'tap-one' AND user_name_key = 'p1'$$, 'it writes the person');
RESET ROLE;
SELECT is(pg_temp.addresses('p1'), ARRAY['1 service@x service@x f'], 'and the addresses follow');

SELECT lives_ok($$DELETE FROM scim.users WHERE org = 'tap-one' AND user_name_key <> 'p1'$$, 'people go');
SELECT is(count(*), 1::bigint, 'and their addresses with them') FROM scim.user_emails WHERE org = 'tap-one';

SELECT * FROM finish();
ROLLBACK;
