-- scim.undo: people, groups and memberships as they were at a time.
\ir fixture/begin.sql
SET LOCAL scim.maintenance = 'on';    -- events of our own
\ir fixture/audit.sql
SELECT plan(34);
SELECT setseed(0.4);

-- Everything that undo has to put back; version and lastModified go on.
CREATE FUNCTION pg_temp.state() RETURNS SETOF text LANGUAGE sql VOLATILE AS $$
    SELECT format('%s %s', 'user', to_jsonb(person) - '{version,last_modified,last_login}'::text[])
      FROM scim.users AS person WHERE org = 'tap-one'
    UNION ALL
    SELECT format('%s %s', 'group', to_jsonb(team) - '{version,last_modified}'::text[])
      FROM scim.groups AS team WHERE org = 'tap-one'
    UNION ALL
    SELECT format('%s %s', 'member', to_jsonb(member)) FROM scim.group_members AS member WHERE org = 'tap-one'
    UNION ALL
    SELECT format('%s %s', 'email', to_jsonb(email)) FROM scim.user_emails AS email WHERE org = 'tap-one'
    UNION ALL
    SELECT format('kept %s', id) FROM scim.deleted_users WHERE org = 'tap-one'
$$;
CREATE FUNCTION pg_temp.person() RETURNS uuid LANGUAGE sql VOLATILE AS $$
    SELECT id FROM scim.users WHERE org = 'tap-one' ORDER BY random() LIMIT 1
$$;
CREATE FUNCTION pg_temp.team() RETURNS uuid LANGUAGE sql VOLATILE AS $$
    SELECT id FROM scim.groups WHERE org = 'tap-one' ORDER BY random() LIMIT 1
$$;

-- One random deed; names are few, so that they are given up and taken again.
CREATE FUNCTION pg_temp.deed() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    p CONSTANT uuid := pg_temp.person();
    t CONSTANT uuid := pg_temp.team();
    other CONSTANT uuid := pg_temp.team();
    word CONSTANT text := 'name' || floor(random() * 40);
BEGIN
    CASE floor(random() * 13)
    WHEN 0, 1 THEN
        INSERT INTO scim.users (org, resource) VALUES ('tap-one', jsonb_build_object('userName', word,
            'emails', jsonb_build_array(jsonb_build_object('value', word || '@example.com', 'primary', true))));
    WHEN 2 THEN DELETE FROM scim.users WHERE org = 'tap-one' AND id = p;
    WHEN 3 THEN UPDATE scim.users SET user_name = word, title = word WHERE org = 'tap-one' AND id = p;
    WHEN 4 THEN UPDATE scim.users SET active = NOT active, removed = false WHERE org = 'tap-one' AND id = p;
    WHEN 5 THEN UPDATE scim.users SET account = word, login_subject = word, linked = now()
                 WHERE org = 'tap-one' AND id = p AND NOT removed;
    WHEN 6 THEN INSERT INTO scim.groups (org, display_name) VALUES ('tap-one', word);
    WHEN 7 THEN IF random() < 0.3 THEN DELETE FROM scim.groups WHERE org = 'tap-one' AND id = t; END IF;
    WHEN 8 THEN UPDATE scim.groups SET display_name = word, external_id = word WHERE org = 'tap-one' AND id = t;
    WHEN 9 THEN
        INSERT INTO scim.group_members (org, group_id, member_id)
        SELECT 'tap-one', t, id FROM scim.users WHERE org = 'tap-one' AND random() < 0.4
            ON CONFLICT DO NOTHING;
    WHEN 10 THEN UPDATE scim.users SET manager_id = pg_temp.person()::text WHERE org = 'tap-one' AND id = p;
    WHEN 11 THEN
        INSERT INTO scim.group_members (org, group_id, member_id, member_type)
        VALUES ('tap-one', t, other, 'Group') ON CONFLICT DO NOTHING;
    ELSE
        DELETE FROM scim.group_members WHERE org = 'tap-one' AND group_id = t AND random() < 0.4;
    END CASE;
EXCEPTION WHEN unique_violation OR check_violation OR not_null_violation THEN
    NULL;       -- the name is taken, a group in itself, nobody there
END
$$;

CREATE TEMP TABLE moment (number integer, at timestamptz);
CREATE TEMP TABLE snapshot (number integer, line text);
CREATE FUNCTION pg_temp.remember(moment integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO snapshot SELECT remember.moment, line FROM pg_temp.state() AS line;
    INSERT INTO moment VALUES (remember.moment, clock_timestamp());
END
$$;
CREATE FUNCTION pg_temp.since(moment integer) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT at FROM moment WHERE number = since.moment
$$;
CREATE FUNCTION pg_temp.play(deeds integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1..deeds LOOP PERFORM pg_temp.deed(); END LOOP;
END
$$;

-- Three stories of 300 deeds.
CREATE FUNCTION pg_temp.story(story integer) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    changes bigint;
BEGIN
    UPDATE scim.organization_settings SET on_deactivate = CASE story % 2 WHEN 0 THEN 'remove' ELSE 'suspend' END
     WHERE org = 'tap-one';
    PERFORM pg_temp.play(150);
    PERFORM pg_temp.remember(2 * story);
    PERFORM pg_temp.play(150);
    PERFORM pg_temp.remember(2 * story + 1);
    SELECT count(*) INTO changes FROM scim.undo('tap-one', pg_temp.since(2 * story), 'any', false);
    RETURN NEXT ok(changes > 20, format('story %s: there was something to undo', story));
    RETURN NEXT bag_eq('SELECT pg_temp.state()', format('SELECT line FROM snapshot WHERE number = %s', 2 * story),
        format('story %s: everything is as it was', story));
    PERFORM scim.undo('tap-one', pg_temp.since(2 * story + 1), 'any', false);
    RETURN NEXT bag_eq('SELECT pg_temp.state()', format('SELECT line FROM snapshot WHERE number = %s', 2 * story + 1),
        format('story %s: undoing is undone as well', story));
END
$$;
SELECT pg_temp.story(story) FROM generate_series(1, 3) AS story;

SELECT is_empty($$SELECT FROM scim.undo('tap-one', clock_timestamp())$$, 'nothing changed since now');
SELECT is_empty($$
    SELECT resource_id FROM scim.audit_events
     WHERE org = 'tap-one' AND resource_type = 'User' AND after IS NOT NULL
     GROUP BY resource_id, after ->> 'version' HAVING count(DISTINCT after -> 'resource') > 1$$,
    'no version stands for two documents, so no ETag lies');

-- What it says.
DELETE FROM scim.users WHERE org = 'tap-one';
DELETE FROM scim.groups WHERE org = 'tap-one';
INSERT INTO scim.users (org, user_name, account) SELECT 'tap-one', 'told' || i, 'a' || i FROM generate_series(1, 3) AS i;
INSERT INTO scim.groups (org, display_name) VALUES ('tap-one', 'Told');
INSERT INTO scim.group_members (org, group_id, member_id)
SELECT 'tap-one', groups.id, users.id FROM scim.groups, scim.users WHERE groups.org = 'tap-one' AND users.org = 'tap-one';
SELECT pg_temp.remember(100);
DELETE FROM scim.users WHERE org = 'tap-one' AND user_name = 'told1';
UPDATE scim.users SET active = false WHERE org = 'tap-one' AND user_name = 'told2';
INSERT INTO scim.users (org, user_name) VALUES ('tap-one', 'TOLD1');
SELECT pg_temp.remember(101);
SELECT results_eq(
    $$SELECT action, resource_type, name, detail FROM scim.undo('tap-one', pg_temp.since(100))$$,
    $$VALUES ('removed', 'User', 'TOLD1', NULL), ('restored', 'User', 'told1', NULL), ('changed', 'User', 'told2', '{"active": [false, true]}'),
             ('members', 'Group', 'Told', '+1 -0')$$, 'a dry run says what would be done');
SELECT bag_eq('SELECT pg_temp.state()', 'SELECT line FROM snapshot WHERE number = 101', 'and does nothing');
SAVEPOINT told;
UPDATE scim.users SET title = 'Dr', account = NULL, protected = true, family_name = 'Moe', department = 'Ops'
 WHERE org = 'tap-one' AND user_name = 'told3';
UPDATE scim.groups SET display_name = 'Renamed', external_id = 'e' WHERE org = 'tap-one' AND display_name = 'Told';
SELECT is(detail::jsonb, '{"title": ["Dr", null], "account": [null, "a3"], "protected": [true, false], "department": ["Ops", null],
                           "name.familyName": ["Moe", null]}'::jsonb, 'of who changed: what is and what becomes of it')
  FROM scim.undo('tap-one', pg_temp.since(100)) WHERE name = 'told3';
SELECT is(detail::jsonb, '{"display_name": ["Renamed", "Told"], "external_id": ["e", null]}'::jsonb, 'and of a group')
  FROM scim.undo('tap-one', pg_temp.since(100)) WHERE action = 'changed' AND name = 'Told';
ROLLBACK TO told;
SELECT lives_ok($$SELECT scim.undo('tap-one', pg_temp.since(100), 'any', false)$$, 'the name of who was deleted was taken again');
SELECT bag_eq('SELECT pg_temp.state()', 'SELECT line FROM snapshot WHERE number = 100', 'by somebody who goes');

-- Only one token.
SELECT pg_temp.remember(200);
SET LOCAL scim.request = '{"id": "r", "token": "22222222-2222-2222-2222-222222222222"}';
DELETE FROM scim.users WHERE org = 'tap-one' AND user_name = 'told1';
UPDATE scim.users SET user_name = 'renamed' WHERE org = 'tap-one' AND user_name = 'told2';
SET LOCAL scim.request = '';
UPDATE scim.users SET title = 'Sir' WHERE org = 'tap-one' AND user_name = 'told3';
SELECT is(count(*), 3::bigint, 'only what one token did: who it deleted, who it renamed, and the membership')
  FROM scim.undo('tap-one', pg_temp.since(200), '22222222-2222-2222-2222-222222222222');
INSERT INTO scim.users (org, user_name) VALUES ('tap-one', 'told1');
SELECT results_eq(
    $$SELECT action, name FROM scim.undo('tap-one', pg_temp.since(200), '22222222-2222-2222-2222-222222222222', false)$$,
    $$VALUES ('collision', 'told1')$$, 'a name that somebody else took meanwhile is reported');
SELECT is(count(*), 1::bigint, 'and nothing is done') FROM scim.users WHERE org = 'tap-one' AND user_name = 'renamed';

-- What the audit may have forgotten.
UPDATE scim.organization_settings SET keep_audit = 3650 WHERE org = 'tap-one';
SELECT results_eq($$SELECT action, name, detail FROM scim.undo('tap-one', '2001-01-01', 'any', false)$$,
    $$SELECT 'expired', 'tap-one', scim.utc(clock_timestamp() - interval '3650 days')$$, 'what is older than the audit is kept cannot be undone');
SELECT ok(EXISTS (SELECT FROM scim.users WHERE org = 'tap-one'), 'and nothing is done');

-- Who came right after that time is new, though created is rounded to a time before it.
UPDATE scim.organization_settings SET on_delete = 'suspend' WHERE org = 'tap-one';
INSERT INTO scim.users (org, user_name) VALUES ('tap-one', 'late');
UPDATE scim.audit_events AS event SET at = person.created + interval '1 millisecond'
  FROM scim.users AS person
 WHERE event.org = 'tap-one' AND person.org = 'tap-one' AND person.user_name = 'late' AND event.resource_id = person.id;
SELECT lives_ok($$SELECT scim.undo_remove('tap-one', ARRAY[id], '{}', created + interval '500 microseconds')
    FROM scim.users WHERE org = 'tap-one' AND user_name = 'late'$$, 'who was created in the millisecond of that time goes');
SELECT is_empty($$SELECT FROM scim.deleted_users WHERE org = 'tap-one' AND user_name = 'late'$$, 'and was never deleted before');

SELECT throws_ok(format('SELECT scim.undo(''tap-one'', pg_temp.since(200), %s)', token), '22023', NULL, format('%s is no token', token))
  FROM unnest('{NULL::text,''nobody'',''2'',''33333333-3333-3333-3333-333333333333''}'::text[]) AS token;


SELECT throws_ok($$SELECT scim.undo('tap-none', now())$$, 'P0002', NULL, 'an organization that is not here has nothing to undo, and says so');
SELECT throws_ok($$SELECT scim.undo('tap-one', NULL)$$, '22023', NULL, 'nor is NULL a time');

-- What a shorter keep_audit let go stays gone; tap-two is as old as its audit.
UPDATE scim.organizations SET audit_from = NULL WHERE org LIKE 'tap-%';
SET LOCAL session_replication_role = replica;
UPDATE scim.organizations SET created = now() - interval '300 days' WHERE org = 'tap-one';
SET LOCAL session_replication_role = origin;
UPDATE scim.organization_settings SET keep_audit = 100 WHERE org LIKE 'tap-%';
SELECT is(audit_from, NULL, 'a shorter keep_audit says itself from when on') FROM scim.organizations WHERE org = 'tap-one';
UPDATE scim.organization_settings SET keep_audit = 200 WHERE org LIKE 'tap-%';
SELECT is(audit_from, now() - interval '100 days', 'a longer one remembers what it was') FROM scim.organizations WHERE org = 'tap-one';
SELECT is(audit_from, NULL, 'not of who is younger than that') FROM scim.organizations WHERE org = 'tap-two';
SELECT results_eq($$SELECT action FROM scim.undo('tap-one', now() - interval '150 days')$$, ARRAY['expired'], 'and undo does not go back behind it');

SELECT * FROM finish();
ROLLBACK;
