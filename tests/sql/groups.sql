-- scim.groups and scim.group_members: version follows what clients can see.
\ir fixture/begin.sql
SELECT plan(55);

CREATE FUNCTION pg_temp.version(name text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT version FROM scim.groups WHERE org = 'tap-one' AND display_name_key = scim.fold(name)
$$;
CREATE FUNCTION pg_temp.team(name text) RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT id FROM scim.groups WHERE org = 'tap-one' AND display_name_key = scim.fold(name)
$$;
CREATE FUNCTION pg_temp.person(name text) RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT id FROM scim.users WHERE org = 'tap-one' AND user_name_key = scim.fold(name)
$$;
CREATE FUNCTION pg_temp.join(team text, person text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO scim.group_members (org, group_id, member_id)
    VALUES ('tap-one', pg_temp.team(team), pg_temp.person(person))
        ON CONFLICT DO NOTHING
$$;
CREATE FUNCTION pg_temp.leave(team text, person text) RETURNS void LANGUAGE sql AS $$
    DELETE FROM scim.group_members
     WHERE org = 'tap-one' AND group_id = pg_temp.team(team) AND member_id = pg_temp.person(person)
$$;

INSERT INTO scim.users (org, user_name) SELECT 'tap-one', 'p' || i FROM generate_series(1, 20) AS i;
INSERT INTO scim.users (org, user_name) VALUES ('tap-two', 'stranger');
INSERT INTO scim.groups (org, display_name, version, created, member_count) VALUES
    ('tap-one', 'Alpha', 9, '2001-01-01', 5), ('tap-one', 'Beta', 9, '2001-01-01', 5),
    ('tap-one', 'Parent', 9, '2001-01-01', 5);

SELECT is(pg_temp.version('alpha'), 1::bigint, 'a group begins at version 1');
SELECT ok(created > '2026-01-01' AND last_modified = created, 'and with the time of its creation')
  FROM scim.groups WHERE org = 'tap-one' AND display_name = 'Alpha';

-- Names.
SELECT throws_ok($$INSERT INTO scim.groups (org, display_name) VALUES ('tap-one', 'ALPHA')$$,
    '23505', 'duplicate key value violates unique constraint "groups_display_name_key"', 'a taken name');
SELECT lives_ok($$INSERT INTO scim.groups (org, display_name, unique_name) VALUES
    ('tap-two', 'Alpha', false), ('tap-two', 'alpha', false)$$, 'names may repeat where they are let');
SELECT lives_ok($$UPDATE scim.groups SET unique_name = true WHERE org = 'tap-two' AND display_name = 'alpha'$$,
    'one of them may be unique');
SELECT is(version, 1::bigint, 'which is no change that SCIM shows')
  FROM scim.groups WHERE org = 'tap-two' AND display_name = 'alpha';

-- Columns of the group.
SELECT pg_sleep(0.002);
UPDATE scim.groups SET external_id = 'ext' WHERE org = 'tap-one' AND display_name = 'Alpha';
SELECT is(pg_temp.version('alpha'), 2::bigint, 'a change of externalId is a change');
SELECT ok(last_modified > created, 'at its time')
  FROM scim.groups WHERE org = 'tap-one' AND display_name = 'Alpha';
UPDATE scim.groups SET external_id = 'ext', display_name = 'Alpha' WHERE org = 'tap-one' AND display_name = 'Alpha';
SELECT is(pg_temp.version('alpha'), 2::bigint, 'writing the same is none');
PREPARE change_id AS UPDATE scim.groups SET id = gen_random_uuid() WHERE org = 'tap-one';
PREPARE change_org AS UPDATE scim.groups SET org = 'tap-two' WHERE org = 'tap-one';
PREPARE change_created AS UPDATE scim.groups SET created = '2001-01-01' WHERE org = 'tap-one';
SELECT throws_ok(statement, '23001', 'org, id and created of a group cannot be changed.', statement)
  FROM (VALUES ('change_id'), ('change_org'), ('change_created')) AS refused (statement);

-- Members.
SELECT pg_temp.join('alpha', 'p1');
SELECT is(pg_temp.version('alpha'), 3::bigint, 'a member that comes is a change');
SELECT pg_temp.join('alpha', 'p1');
SELECT is(pg_temp.version('alpha'), 3::bigint, 'one that is there already is none (RFC 7644 3.5.2.1)');
SELECT pg_temp.leave('alpha', 'p2');
SELECT is(pg_temp.version('alpha'), 3::bigint, 'nor is one that leaves without having been there');
SELECT pg_temp.leave('alpha', 'p1');
SELECT is(pg_temp.version('alpha'), 4::bigint, 'a member that leaves is a change');
INSERT INTO scim.group_members (org, group_id, member_id)
SELECT org, pg_temp.team(team), id FROM scim.users, (VALUES ('alpha'), ('beta')) AS teams (team) WHERE org = 'tap-one';
SELECT is(pg_temp.version('alpha'), 5::bigint, 'twenty members in one statement are one change');
SELECT is(pg_temp.version('beta'), 2::bigint, 'of each group');
SELECT is(pg_temp.version('parent'), 1::bigint, 'and of no other');
SELECT is(member_count, 20, 'and are counted')
  FROM scim.groups WHERE org = 'tap-one' AND display_name = 'Alpha';
SELECT throws_ok($$UPDATE scim.groups SET member_count = 3 WHERE org = 'tap-one'$$, '23001',
    'member_count follows the rows of scim.group_members; write those.', 'nobody else writes their number');
SELECT is(array_agg(DISTINCT version), '{1}', 'a person does not change by joining')
  FROM scim.users WHERE org = 'tap-one';

DELETE FROM scim.users WHERE org = 'tap-one' AND user_name IN ('p1', 'p2', 'p3');
SELECT is(pg_temp.version('alpha'), 6::bigint, 'deleting people changes their groups, once by statement');
SELECT is(count(*), 17::bigint, 'and takes them out')
  FROM scim.group_members WHERE org = 'tap-one' AND group_id = pg_temp.team('alpha');

SELECT results_eq($$SELECT member_count FROM scim.groups WHERE org = 'tap-one' ORDER BY display_name$$,
    '{17,17,0}'::integer[], 'those who left are not counted any more');
SELECT is(member_count, 0, 'a number given to a new group is not taken')
  FROM scim.groups WHERE org = 'tap-one' AND display_name = 'Parent';

-- What is shown of members.
UPDATE scim.users SET display_name = 'Number Four' WHERE org = 'tap-one' AND user_name = 'p4';
SELECT is(pg_temp.version('alpha'), 7::bigint, 'another displayName of a member is shown in the group');
UPDATE scim.users SET title = 'Boss' WHERE org = 'tap-one' AND user_name = 'p4';
UPDATE scim.users SET display_name = 'Number Four' WHERE org = 'tap-one' AND user_name = 'p4';
SELECT is(pg_temp.version('alpha'), 7::bigint, 'another title is not, nor the same displayName');
SELECT pg_temp.leave('alpha', 'p4'), pg_temp.leave('beta', 'p4');
UPDATE scim.users SET display_name = 'Outside' WHERE org = 'tap-one' AND user_name = 'p4';
SELECT is(pg_temp.version('alpha'), 8::bigint, 'nor that of somebody who left');

-- Groups in groups.
INSERT INTO scim.group_members (org, group_id, member_id, member_type) VALUES
    ('tap-one', pg_temp.team('parent'), pg_temp.team('alpha'), 'Group'),
    ('tap-one', pg_temp.team('parent'), pg_temp.person('p5'), 'User');
SELECT is(pg_temp.version('parent'), 2::bigint, 'a group may be a member');
SELECT results_eq($$SELECT user_id, subgroup_id FROM scim.group_members
      WHERE org = 'tap-one' AND group_id = pg_temp.team('parent') ORDER BY member_type$$,
    $$VALUES (NULL, pg_temp.team('alpha')), (pg_temp.person('p5'), NULL)$$,
    'user_id and subgroup_id say which');
SELECT is(pg_temp.version('alpha'), 8::bigint, 'being a member is no change of the member');
SELECT pg_temp.join('alpha', 'p4');
SELECT is(pg_temp.version('parent'), 2::bigint, 'nor is a member of a member one of the group');
UPDATE scim.groups SET display_name = 'Alef' WHERE org = 'tap-one' AND display_name = 'Alpha';
SELECT is(pg_temp.version('parent'), 3::bigint, 'another name of a member is');
SELECT is(pg_temp.version('alef'), 10::bigint, 'and it is one change of the renamed group');
INSERT INTO scim.group_members (org, group_id, member_id, member_type)
VALUES ('tap-one', pg_temp.team('alef'), pg_temp.team('parent'), 'Group');
UPDATE scim.groups SET display_name = 'Alpha' WHERE org = 'tap-one' AND display_name = 'Alef';
SELECT is(pg_temp.version('parent'), 4::bigint, 'a circle of groups comes to an end');
DELETE FROM scim.groups WHERE org = 'tap-one' AND display_name = 'Alpha';
SELECT is(pg_temp.version('parent'), 5::bigint, 'deleting a member group is a change');
SELECT is(count(*), 1::bigint, 'and takes it out, with its own members')
  FROM scim.group_members WHERE org = 'tap-one' AND group_id <> pg_temp.team('beta');

-- lastModified never goes back.
SELECT throws_like($$UPDATE scim.groups SET version = 50, last_modified = '2030-01-01' WHERE org = 'tap-one'$$,
    'version and last_modified of a group follow its changes%', 'version and lastModified cannot be written');
SELECT throws_like($$UPDATE scim.groups SET display_name = 'Gamma', version = 1 WHERE org = 'tap-one' AND display_name = 'Beta'$$,
    'version and last_modified of a group follow its changes%', 'nor with a change');
ALTER TABLE scim.groups DISABLE TRIGGER USER;
UPDATE scim.groups SET version = 50, last_modified = '2030-01-01' WHERE org = 'tap-one' AND display_name = 'Beta';
ALTER TABLE scim.groups ENABLE TRIGGER USER;
SELECT pg_temp.join('beta', 'p4');
SELECT is(last_modified, '2030-01-01'::timestamptz(3), 'lastModified never goes back by a membership')
  FROM scim.groups WHERE org = 'tap-one' AND display_name = 'Beta';
UPDATE scim.groups SET display_name = 'Gamma' WHERE org = 'tap-one' AND display_name = 'Beta';
SELECT is(last_modified, '2030-01-01'::timestamptz(3), 'nor by a change of name')
  FROM scim.groups WHERE org = 'tap-one' AND display_name = 'Gamma';
SELECT is(pg_temp.version('gamma'), 52::bigint, 'and version counts on');

-- What is no membership.
CREATE FUNCTION pg_temp.add(org text, group_id uuid, member_id uuid, member_type text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO scim.group_members (org, group_id, member_id, member_type)
    VALUES (org, group_id, member_id, member_type)
$$;
SELECT throws_ok($$SELECT pg_temp.add('tap-one', pg_temp.team('gamma'), gen_random_uuid(), 'User')$$,
    '23503', NULL, 'nobody is no member');
SELECT throws_ok($$SELECT pg_temp.add('tap-one', pg_temp.team('gamma'), gen_random_uuid(), 'Group')$$,
    '23503', NULL, 'no group is none');
SELECT throws_ok($$SELECT pg_temp.add('tap-one', gen_random_uuid(), pg_temp.person('p5'), 'User')$$,
    '23503', NULL, 'nor has no group any');
SELECT throws_ok($$SELECT pg_temp.add('tap-one', pg_temp.team('gamma'), pg_temp.team('parent'), 'User')$$,
    '23503', NULL, 'a group is no person');
SELECT throws_ok($$SELECT pg_temp.add('tap-one', pg_temp.team('gamma'), pg_temp.person('p5'), 'Robot')$$,
    '23514', NULL, 'a member is a person or a group');
SELECT throws_ok($$SELECT pg_temp.add('tap-one', pg_temp.team('gamma'), pg_temp.team('gamma'), 'Group')$$,
    '23514', NULL, 'a group is not its own member');
SELECT throws_ok(format($$SELECT pg_temp.add('tap-one', pg_temp.team('gamma'), %L, 'User')$$, id),
        '23503', NULL, 'nor somebody of another organization')
  FROM scim.users WHERE org = 'tap-two' AND user_name = 'stranger';
SELECT throws_ok(format($$SELECT pg_temp.add('tap-two', pg_temp.team('gamma'), %L, 'User')$$, id),
        '23503', NULL, 'from either side')
  FROM scim.users WHERE org = 'tap-two' AND user_name = 'stranger';
SELECT throws_ok($$UPDATE scim.group_members SET member_id = member_id WHERE org = 'tap-one'$$,
    '23001', 'A membership is not updated: delete it and insert another.', 'a membership is not updated');

-- What the responder does runs with its rights.
SET LOCAL ROLE scim_service;
SET LOCAL scim.org = 'tap-one';
DELETE FROM scim.users WHERE org = 'tap-one' AND user_name = 'p6';
RESET ROLE;
SELECT is(pg_temp.version('gamma'), 53::bigint, 'the responder deletes a person, and the group changes');

-- Sets of members: sixteen times as many take sixteen times as long, or a bit more; compared each with each it would be 256.
SET LOCAL session_replication_role = replica;
INSERT INTO scim.users (org, user_name, resource)
SELECT 'tap-two', 'many' || n, jsonb_build_object('userName', 'many' || n) FROM generate_series(1, 8000) AS n;
INSERT INTO scim.groups (org, id, display_name)
SELECT 'tap-two', ('00000000-0000-4000-8000-00000000000' || n)::uuid, 'Many ' || n FROM generate_series(1, 2) AS n;
SET LOCAL session_replication_role = origin;
ANALYZE scim.users, scim.groups;
CREATE FUNCTION pg_temp.seconds(many integer, number integer, OUT seconds numeric, OUT result text) LANGUAGE plpgsql AS $$
DECLARE
    team CONSTANT uuid := '00000000-0000-4000-8000-00000000000' || number;
    nobody CONSTANT uuid := gen_random_uuid();
    ids CONSTANT uuid[] := ARRAY(SELECT id FROM scim.users WHERE org = 'tap-two' AND user_name LIKE 'many%' ORDER BY id LIMIT many);
    start CONSTANT timestamptz := clock_timestamp();
BEGIN
    SELECT concat(added, removed, unknown) INTO result FROM scim.set_group_members('tap-two', team, ids);
    SELECT concat(result, ' ', added, removed, unknown) INTO result FROM scim.set_group_members('tap-two', team, ids);
    SELECT concat(result, ' ', added, removed, unknown) INTO result FROM scim.set_group_members('tap-two', team, ids[2:]);
    SELECT concat(result, ' ', added, removed, unknown = nobody) INTO result FROM scim.set_group_members('tap-two', team, ids[3:] || ids[1] || nobody);
    SELECT concat(result, ' ', added, removed, unknown) INTO result FROM scim.set_group_members('tap-two', team, '{}');
    seconds := extract(epoch FROM clock_timestamp() - start);
END
$$;
SELECT seconds AS warm FROM pg_temp.seconds(10, 1) \gset
SELECT * FROM pg_temp.seconds(500, 1) \gset few_
SELECT * FROM pg_temp.seconds(8000, 2) \gset many_
SELECT is(:'few_result'::text, '5000 00 01 11t 0499', 'all come, none comes, one goes, one comes and one goes, none stays');
SELECT ok(:many_seconds < 50 * :few_seconds, format('sets of 8,000 and of 500 members: %s s, %s s', :many_seconds, :few_seconds));

SELECT * FROM finish();
ROLLBACK;
