-- scim.users: resource and columns follow each other, changes are counted.
\ir fixture/begin.sql
SELECT plan(49);

CREATE FUNCTION pg_temp.person(name text) RETURNS scim.users LANGUAGE sql STABLE AS $$
    SELECT users FROM scim.users WHERE org = 'tap-one' AND user_name_key = scim.fold(name)
$$;
CREATE FUNCTION pg_temp.enterprise(resource jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT resource -> 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
$$;

-- A plain INSERT of columns, as a DBA writes it.
INSERT INTO scim.users (org, user_name) VALUES ('tap-one', 'Bare');
SELECT is((pg_temp.person('bare')).resource,
    '{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "Bare", "active": true}',
    'the least person has a resource');
INSERT INTO scim.users (org, user_name, external_id, display_name, given_name, family_name, title,
                        department, employee_number, manager_id, active, resource)
VALUES ('tap-one', 'full', 'x-1', 'Jane Doe', 'Jane', 'Doe', 'Engineer',
        'Tours', '701', 'boss', false, '{}');
SELECT is((pg_temp.person('full')).resource, '{
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User",
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
    "userName": "full", "externalId": "x-1", "displayName": "Jane Doe", "active": false,
    "name": {"givenName": "Jane", "familyName": "Doe"}, "title": "Engineer",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":
        {"department": "Tours", "employeeNumber": "701", "manager": {"value": "boss"}}}',
    'every column has its place in the resource');

-- An INSERT of a resource, as the responder writes it.
INSERT INTO scim.users (org, resource) VALUES ('tap-one', '{
    "schemas": ["urn:example:whatever"], "id": "1", "meta": {"version": "x"},
    "groups": [{"value": "g"}], "password": "secret",
    "userName": "Jane", "externalId": "00u1", "displayName": "Jane Doe", "active": false,
    "name": {"givenName": "Jane", "familyName": "Doe", "middleName": null}, "title": "Engineer",
    "nickName": "Janie",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":
        {"department": "Tours", "employeeNumber": "701", "costCenter": "4130",
         "manager": {"value": "boss", "displayName": "The Boss"}}}');
SELECT results_eq($$
    SELECT user_name, user_name_key, external_id, display_name, display_name_key, given_name,
           family_name, title, department, employee_number, manager_id, active, version
      FROM pg_temp.person('jane')$$,
    $$VALUES ('Jane' COLLATE "C", 'jane' COLLATE "C", '00u1' COLLATE "C", 'Jane Doe' COLLATE "C",
              'jane doe' COLLATE "C", 'Jane' COLLATE "C", 'Doe' COLLATE "C", 'Engineer' COLLATE "C",
              'Tours' COLLATE "C", '701' COLLATE "C", 'boss' COLLATE "C", false, 1::bigint)$$,
    'every attribute with a column is in it');
SELECT is((pg_temp.person('jane')).resource -> 'schemas', '[
    "urn:ietf:params:scim:schemas:core:2.0:User",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]', 'schemas are those in use');
SELECT ok(NOT (pg_temp.person('jane')).resource ?| '{id,meta,groups,password}',
    'id, meta, groups and password are not kept in the resource');
SELECT is((pg_temp.person('jane')).resource -> 'name', '{"givenName": "Jane", "familyName": "Doe"}',
    'null is the same as absent (RFC 7643 2.5)');
SELECT is((pg_temp.person('jane')).resource ->> 'nickName', 'Janie', 'other attributes stay');
SELECT is((pg_temp.person('jane')).created, (pg_temp.person('jane')).last_modified,
    'lastModified is created while nothing was modified (RFC 7643 3.1)');
SELECT is(date_trunc('milliseconds', (pg_temp.person('jane')).created), (pg_temp.person('jane')).created,
    'times have milliseconds');
SELECT ok((pg_temp.person('jane')).created BETWEEN now() - interval '1 ms' AND clock_timestamp(),
    'and are of the clock');

INSERT INTO scim.users (org, resource, version, created, last_modified) VALUES
    ('tap-one', '{"userName": "late", "name": {"givenName": null}, "active": null,
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"value": null}}}',
     7, '2001-01-01', '2001-01-01');
SELECT is((pg_temp.person('late')).resource,
    '{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "late"}',
    'what is empty is not kept');
SELECT ok((person).version = 1 AND (person).created > '2026-01-01' AND (person).last_modified = (person).created,
    'a statement cannot choose version and times') FROM pg_temp.person('late') AS person;
SELECT lives_ok($$INSERT INTO scim.users (org, user_name, resource)
    VALUES ('tap-one', 'agreed', '{"userName": "agreed"}')$$, 'saying the same twice is fine');
SELECT throws_like($$INSERT INTO scim.users (org, user_name, title, resource)
    VALUES ('tap-one', 'x', 'Boss', '{"userName": "x", "title": "Clerk"}')$$,
    'The statement writes both users.title and users.resource, and they disagree.',
    'saying two things is refused');
SELECT throws_like($$INSERT INTO scim.users (org, title, resource)
    VALUES ('tap-one', 'Boss', '{"userName": "x"}')$$,
    '%both users.title and users.resource%', 'also when one of them is silence');
SELECT throws_like($$INSERT INTO scim.users (org, active, resource)
    VALUES ('tap-one', false, '{"userName": "x"}')$$,
    '%both users.active and users.resource%', 'nobody who was to be suspended comes in active');

-- UPDATE of columns.
SELECT pg_sleep(0.002);
UPDATE scim.users SET title = 'Director', active = true, manager_id = 'other'
 WHERE org = 'tap-one' AND user_name_key = 'jane';
SELECT is((pg_temp.person('jane')).resource ->> 'title', 'Director', 'the resource follows a column');
SELECT is((pg_temp.person('jane')).resource -> 'active', 'true', 'booleans stay booleans');
SELECT is(pg_temp.enterprise((pg_temp.person('jane')).resource) -> 'manager', '{"value": "other"}',
    'another manager does not keep the name of the one before');
SELECT is(pg_temp.enterprise((pg_temp.person('jane')).resource) ->> 'costCenter', '4130',
    'neighbours stay');
SELECT is((pg_temp.person('jane')).version, 2::bigint, 'one statement is one change');
SELECT ok((pg_temp.person('jane')).last_modified > (pg_temp.person('jane')).created, 'at its time');
UPDATE scim.users SET given_name = NULL, family_name = NULL, title = NULL
 WHERE org = 'tap-one' AND user_name_key = 'jane';
SELECT ok(NOT (pg_temp.person('jane')).resource ?| '{name,title}',
    'null takes an attribute away, and the object that it empties');
UPDATE scim.users SET department = NULL, employee_number = NULL, manager_id = NULL
 WHERE org = 'tap-one' AND user_name_key = 'full';
SELECT is((pg_temp.person('full')).resource -> 'schemas', '["urn:ietf:params:scim:schemas:core:2.0:User"]',
    'an emptied extension leaves schemas');
SELECT is(pg_temp.enterprise((pg_temp.person('full')).resource), NULL, 'and the resource');
UPDATE scim.users SET user_name = 'JANE' WHERE org = 'tap-one' AND user_name_key = 'jane';
SELECT is((pg_temp.person('jane')).resource ->> 'userName', 'JANE', 'a new spelling is a change');

-- UPDATE of the resource.
UPDATE scim.users SET resource = resource || jsonb_build_object('title', 'Clerk', 'active', false, 'id', id)
 WHERE org = 'tap-one' AND user_name_key = 'jane';
SELECT results_eq($$SELECT title, active, version, resource ? 'id' FROM pg_temp.person('jane')$$,
    $$VALUES ('Clerk' COLLATE "C", false, 5::bigint, false)$$, 'the columns follow the resource');
SELECT is((pg_temp.person('late')).active, true, 'of whom nobody said it, is active');
UPDATE scim.users SET active = false WHERE org = 'tap-one' AND user_name_key = 'late';
UPDATE scim.users SET resource = resource - 'active' WHERE org = 'tap-one' AND user_name_key = 'late';
SELECT results_eq($$SELECT active, resource ? 'active' FROM pg_temp.person('late')$$, 'VALUES (false, false)',
    'silence does not let a suspended person in');
UPDATE scim.users SET resource = resource - 'displayName' WHERE org = 'tap-one' AND user_name_key = 'jane';
SELECT is((pg_temp.person('jane')).display_name, NULL, 'a removed attribute empties its column');
SELECT lives_ok($$UPDATE scim.users SET title = 'Chief', resource = resource || '{"title": "Chief"}'
    WHERE org = 'tap-one' AND user_name_key = 'jane'$$, 'both may be written if they agree');
SELECT throws_like($$UPDATE scim.users SET active = true, resource = resource || '{"title": "None"}'
    WHERE org = 'tap-one' AND user_name_key = 'jane'$$,
    'The statement writes both users.active and users.resource, and they disagree.',
    'and not if they disagree');

-- What changes nothing is no change (RFC 7644 3.5.2.1).
CREATE TEMP TABLE before AS SELECT * FROM pg_temp.person('jane');
SELECT pg_sleep(0.002);
UPDATE scim.users SET resource = resource || '{"title": "Chief", "meta": {}, "locale": "", "ims": [null, {}]}', title = title
 WHERE org = 'tap-one' AND user_name_key = 'jane';
SELECT results_eq($$SELECT * FROM pg_temp.person('jane')$$, 'SELECT * FROM before',
    'writing the same changes neither version nor lastModified');
PREPARE change_version AS UPDATE scim.users SET version = version + 1 WHERE org = 'tap-one';
PREPARE change_modified AS UPDATE scim.users SET title = 'Later', last_modified = '2001-01-01' WHERE org = 'tap-one';
SELECT throws_like(statement, 'version and last_modified of a person follow the changes%', statement)
  FROM (VALUES ('change_version'), ('change_modified')) AS refused (statement);
ALTER TABLE scim.users DISABLE TRIGGER USER;
UPDATE scim.users SET last_modified = '2030-01-01' WHERE org = 'tap-one' AND user_name_key = 'jane';
ALTER TABLE scim.users ENABLE TRIGGER USER;
UPDATE scim.users SET title = 'Later' WHERE org = 'tap-one' AND user_name_key = 'jane';
SELECT is((pg_temp.person('jane')).last_modified, '2030-01-01'::timestamptz(3), 'lastModified never goes back');

-- Identity.
PREPARE change_id AS UPDATE scim.users SET id = gen_random_uuid() WHERE org = 'tap-one';
PREPARE change_org AS UPDATE scim.users SET org = 'tap-two' WHERE org = 'tap-one';
PREPARE change_created AS UPDATE scim.users SET created = '2001-01-01' WHERE org = 'tap-one';
SELECT throws_ok(statement, '23001', 'org, id and created of a person cannot be changed.', statement)
  FROM (VALUES ('change_id'), ('change_org'), ('change_created')) AS refused (statement);
SELECT lives_ok($$INSERT INTO scim.users (org, id, user_name)
    VALUES ('tap-one', '11111111-2222-3333-4444-555555555555', 'moved')$$, 'a migration may bring its ids');

-- userName is unique in an organization, however it is written.
SELECT throws_ok($$INSERT INTO scim.users (org, user_name) VALUES ('tap-one', U&'\FF2Aane')$$,
    '23505', 'duplicate key value violates unique constraint "users_user_name_key"', 'a taken userName');
SELECT throws_ok($$UPDATE scim.users SET resource = resource || '{"userName": "BARE"}'
    WHERE org = 'tap-one' AND user_name_key = 'jane'$$, '23505', NULL, 'also by change');
SELECT lives_ok($$INSERT INTO scim.users (org, user_name) VALUES ('tap-two', 'jane')$$,
    'another organization has its own');
SELECT lives_ok($$INSERT INTO scim.users (org, user_name, external_id)
    VALUES ('tap-one', 'twin-1', 'same'), ('tap-one', 'twin-2', 'same')$$,
    'externalId is not unique (RFC 7643 3.1)');
DELETE FROM scim.users WHERE org = 'tap-one' AND user_name_key = 'jane';
SELECT lives_ok($$INSERT INTO scim.users (org, user_name) VALUES ('tap-one', 'jane')$$,
    'a deleted person does not stand in the way (RFC 7644 3.6)');

-- Times of a bulk load.
INSERT INTO scim.users (org, user_name) SELECT 'tap-two', 'bulk-' || i FROM generate_series(1, 2000) AS i;
SELECT ok(count(DISTINCT created) > 1, 'people of one statement have times of their own')
  FROM scim.users WHERE org = 'tap-two' AND user_name LIKE 'bulk-%';

-- Null where a value must be.
SELECT throws_like($$UPDATE scim.users SET user_name = NULL WHERE org = 'tap-one' AND user_name_key = 'bare'$$,
    '%userName (column user_name) is required%', 'userName cannot be taken away');
SELECT throws_ok($$UPDATE scim.users SET active = NULL WHERE org = 'tap-one' AND user_name_key = 'bare'$$,
    '23502', NULL, 'active is not null, so that null never brings a suspended person back');
SELECT throws_like($$UPDATE scim.users SET resource = NULL WHERE org = 'tap-one' AND user_name_key = 'bare'$$,
    'users.resource must be a JSON object%', 'resource is not null');

SELECT * FROM finish();
ROLLBACK;
