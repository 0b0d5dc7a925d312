-- What the functions behind POST, PUT, PATCH and DELETE of people decide;
-- tests/http/test_person_settings.py asks the same over HTTP.
\ir fixture/begin.sql
SELECT plan(68);

-- ---- is it there?
CREATE TEMP TABLE jane AS SELECT '{"userName": "jane@example.com", "title": " \u00a0", "nickName": null, "name": {"givenName": "Jane"},
    "emails": [{"type": "work"}, {"value": "j@a.example.com", "type": "home"}, {"value": "j@Example.COM", "type": "Work"}],
    "phoneNumbers": [{"type": "work", "primary": true}], "addresses": [{"locality": "Oslo"}], "active": false,
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "R", "manager": {"value": "7"}}}'::jsonb AS resource;
SELECT is(scim.missing_attribute(resource, ARRAY[path]), CASE WHEN there THEN NULL ELSE path END,
          path || CASE WHEN there THEN ' is there' ELSE ' is missing' END)
  FROM jane, (VALUES ('userName', true), ('USERNAME', true), ('title', false), ('nickName', false), ('name', true),
    ('name.givenName', true), ('Name.GIVENNAME', true), ('name.familyName', false), ('emails', true), ('emails.value', true),
    ('phoneNumbers', false), ('phoneNumbers.value', false), ('addresses', true), ('active', true), ('externalId', false),
    ('department', true), ('manager', true), ('manager.value', true), ('employeeNumber', false), ('userName.value', false),
    ('urn:ietf:params:scim:schemas:core:2.0:User:userName', true),
    ('urn:ietf:params:scim:schemas:extension:enterprise:2.0:user:Department', true),
    ('urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value', true),
    ('urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:division', false),
    ('urn:ietf:params:scim:schemas:extension:enterprise:2.0:User', true)) AS wanted (path, there);
SELECT is(scim.missing_attribute(resource, '{userName,title,externalId}'), 'title', 'the first one is named') FROM jane;
SELECT is(scim.missing_attribute(resource, '{}'), NULL, 'nothing is required, nothing is missing') FROM jane;

-- ---- addresses
SELECT is(scim.in_domains(address, '{example.com,*.example.org}'), inside, address)
  FROM (VALUES ('a@example.com', true), ('a@EXAMPLE.com', true), ('a@ｅxample.com', true), ('a@sub.example.com', false),
    ('a@notexample.com', false), ('a@example.com.test', false), ('a@example.org', false), ('a@.example.org', false),
    ('a@x.example.org', true), ('a@x.y.example.org', true), ('a@xexample.org', false), ('a@b@example.com', NULL),
    ('example.com', NULL)) AS expected (address, inside);
SELECT is(scim.foreign_address(resource, '{example.com}'), 'j@a.example.com', 'each email counts') FROM jane;
SELECT is(scim.foreign_address(resource, '{example.com,*.example.com}'), NULL, 'one without a value is none') FROM jane;
SELECT is(scim.primary_email(resource), 'j@Example.COM', 'the email for work is the primary one') FROM jane;
SELECT is(scim.primary_email(jsonb_set(resource, '{emails,1,primary}', 'true')), 'j@a.example.com', 'unless another is marked') FROM jane;
SELECT is(scim.primary_email(resource - 'emails'), 'jane@example.com', 'without emails a userName that is an address') FROM jane;
SELECT is(scim.primary_email('{"userName": "jane"}'), NULL, 'and no other');

-- ---- as the responder
SET LOCAL ROLE scim_service;
SET LOCAL scim.org = 'tap-one';
CREATE TEMP TABLE made AS SELECT * FROM scim.create_person('tap-one', '{"userName": "ann", "externalId": "1"}',
    '00000000-0000-4000-8000-000000000001');
SELECT is((person).id, '00000000-0000-4000-8000-000000000001'::uuid, 'a person gets the id that was asked for') FROM made;
SELECT is(row(revived, reason, arguments), row(false, NULL::text, NULL::text[]), 'is new, and not refused') FROM made;
SELECT results_eq($$SELECT reason, arguments FROM scim.create_person('tap-one', '{"userName": "ANN"}')$$,
    $$VALUES ('user.name_taken', '{ANN}'::text[])$$, 'the name is taken');
SELECT results_eq($$SELECT (person).version, reason FROM scim.change_person('tap-one', '00000000-0000-4000-8000-000000000001',
    '{"externalId": "1", "userName": "ann", "title": null}')$$, $$VALUES (1::bigint, NULL::text)$$, 'the same resource changes nothing');
SELECT is(count(*), 1::bigint, 'and leaves no row in the log') FROM scim.request_log WHERE org = 'tap-one';
SELECT results_eq($$SELECT reason, arguments FROM scim.change_person('tap-one', '00000000-0000-4000-8000-000000000002', '{"userName": "x"}')$$,
    $$VALUES ('resource.not_found', '{User,00000000-0000-4000-8000-000000000002}'::text[])$$, 'nobody is changed');
SELECT results_eq($$SELECT reason FROM scim.delete_person('tap-one', '00000000-0000-4000-8000-000000000002')$$,
    $$VALUES ('resource.not_found')$$, 'nobody is deleted');
RESET ROLE;

-- ---- what a DBA does has the same effects and no policy
UPDATE scim.organization_settings SET on_deactivate = 'remove', on_delete = 'suspend', create_users = false, update_users = false,
       deactivate_users = false, delete_users = false, allowed_domains = '{x.test}' WHERE org = 'tap-one';
INSERT INTO scim.users (org, id, user_name, account) VALUES ('tap-one', '00000000-0000-4000-8000-000000000003', 'bob@y.test', 'b');
INSERT INTO scim.groups (org, id, display_name) VALUES ('tap-one', '00000000-0000-4000-8000-000000000004', 'Team');
INSERT INTO scim.group_members (org, group_id, member_id)
VALUES ('tap-one', '00000000-0000-4000-8000-000000000004', '00000000-0000-4000-8000-000000000003');
UPDATE scim.users SET active = false WHERE org = 'tap-one' AND user_name = 'bob@y.test';
SELECT is(row(status, account), row('removed'::text COLLATE "C", NULL::text), 'deactivated in psql is removed, too') FROM scim.users WHERE user_name = 'bob@y.test';
SELECT is(row(version, member_count), row(3::bigint, 0), 'and out of the group, which tells') FROM scim.groups WHERE org = 'tap-one';
UPDATE scim.users SET active = true WHERE org = 'tap-one' AND user_name = 'bob@y.test';
SELECT is(status, 'provisioned', 'and here again') FROM scim.users WHERE user_name = 'bob@y.test';
INSERT INTO scim.users (org, user_name, manager_id, department)
VALUES ('tap-one', 'report', '00000000-0000-4000-8000-000000000003', 'R'), ('tap-two', 'stranger', '00000000-0000-4000-8000-000000000003', 'R');
DELETE FROM scim.users WHERE user_name = 'bob@y.test';
SELECT is_empty($$SELECT * FROM scim.deleted_users WHERE org = 'tap-one'$$, 'deleted in psql is gone');
SELECT is(row(manager_id, department, version), row(NULL::text, 'R'::text COLLATE "C", 2::bigint), 'as a manager, too') FROM scim.users WHERE user_name = 'report';
SELECT isnt(manager_id, NULL, 'but not of people of others') FROM scim.users WHERE user_name = 'stranger';

-- ---- many at once
SET LOCAL scim.org = 'tap-two';
INSERT INTO scim.users (org, user_name) VALUES ('tap-two', 'there');
CREATE TEMP TABLE many AS
SELECT * FROM scim.create_people('tap-two', '[
    {"id": "00000000-0000-4000-8000-0000000000a1", "resource": {"userName": "a1", "externalId": "x1"}},
    {"resource": {"userName": "THERE"}}, {"resource": {"userName": " "}}, {"resource": {"userName": "A1"}},
    {"resource": {"userName": "a5"}}]');
SELECT results_eq('SELECT place, (person).user_name, reason FROM many ORDER BY place', $$VALUES
    (1::bigint, 'a1' COLLATE "C", NULL), (2, NULL, 'user.name_taken'), (3, NULL, 'attr.required'),
    (4, NULL, 'user.name_taken'), (5, 'a5', NULL)$$, 'each of many has its own answer, in their order');
SELECT is((person).id, '00000000-0000-4000-8000-0000000000a1', 'and the id that was chosen') FROM many WHERE place = 1;
SELECT results_eq($$SELECT subject COLLATE "default" FROM scim.request_log WHERE org = 'tap-two' AND action = 'create' ORDER BY subject$$,
    $$VALUES ('a1'), ('a5')$$, 'a row of the log for each who was made');
SELECT results_eq($$SELECT name COLLATE "default" FROM scim.audit_events
                     WHERE org = 'tap-two' AND action = 'created' AND resource_type = 'User' AND name NOT IN ('there', 'stranger') ORDER BY name$$,
    $$VALUES ('a1'), ('a5')$$, 'and an audit event');
UPDATE scim.users SET active = false WHERE org = 'tap-two' AND user_name = 'a1';
SELECT results_eq($$SELECT place, (person).id, revived FROM scim.create_people('tap-two',
        '[{"resource": {"userName": "a6"}}, {"resource": {"userName": "a1-again", "externalId": "x1"}}]') ORDER BY place LIMIT 1 OFFSET 1$$,
    $$VALUES (2::bigint, '00000000-0000-4000-8000-0000000000a1'::uuid, true)$$, 'one of many who was here comes back');
SELECT results_eq($$SELECT revived FROM scim.create_people('tap-two', '[{"resource": {"userName": "b1", "externalId": "x2", "active": false}},
        {"resource": {"userName": "b2", "externalId": "x2"}}]') ORDER BY place$$,
    $$VALUES (false), (true)$$, 'also one who is made by the same call');
UPDATE scim.organization_settings SET create_users = false WHERE org = 'tap-two';
SELECT results_eq($$SELECT reason FROM scim.create_people('tap-two', '[{"resource": {"userName": "c1"}}]')$$,
    $$VALUES ('action.create_off')$$, 'a switch holds for many, too');

-- ---- over the fence
SET LOCAL ROLE scim_service;
SET LOCAL scim.org = 'tap-two';
SELECT results_eq($$SELECT reason FROM scim.delete_person('tap-one', '00000000-0000-4000-8000-000000000001')$$,
    $$VALUES ('resource.not_found')$$, 'people of another organization are nobody');
RESET ROLE;
SELECT is(count(*), 1::bigint, 'and stay') FROM scim.users WHERE id = '00000000-0000-4000-8000-000000000001';

SELECT * FROM finish();
ROLLBACK;
