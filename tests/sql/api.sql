-- The API in SQL (sql/function/api.sql): people, groups and members by one call
-- each, again without effect, with the settings, the log and the refusals of SCIM.
\ir fixture/begin.sql
SELECT no_plan();

-- What changed since the last look: versions and rows of log and audit.
CREATE FUNCTION pg_temp.state() RETURNS text LANGUAGE sql AS $$
    SELECT concat((SELECT sum(version) FROM scim.users WHERE org = 'tap-one'), ' ', (SELECT max(last_modified) FROM scim.users WHERE org = 'tap-one'),
                  ' ', (SELECT sum(version) FROM scim.groups WHERE org = 'tap-one'), ' ', (SELECT max(last_modified) FROM scim.groups WHERE org = 'tap-one'),
                  ' ', (SELECT count(*) FROM scim.request_log WHERE org = 'tap-one'), ' ', (SELECT count(*) FROM scim.audit_events WHERE org = 'tap-one'))
$$;
CREATE TEMP TABLE before (state text);
CREATE FUNCTION pg_temp.same(what text) RETURNS text LANGUAGE sql AS $$
    SELECT is(pg_temp.state(), (SELECT state FROM before), what)
$$;
CREATE FUNCTION pg_temp.look() RETURNS void LANGUAGE sql AS $$
    DELETE FROM before; INSERT INTO before SELECT pg_temp.state();
$$;
CREATE FUNCTION pg_temp.last_log() RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', action, resource_type, subject, result, status, scim_type, reason)
      FROM scim.request_log WHERE org = 'tap-one' ORDER BY at DESC, ctid DESC LIMIT 1
$$;
GRANT ALL ON before TO PUBLIC;

-- As a DBA who says nothing of scim.org, nor of roles.
-- ---- people
CREATE TEMP TABLE made AS SELECT * FROM scim.upsert_person('tap-one',
    '{"userName": "jane", "externalId": "7", "emails": [{"value": "jane@example.com"}], "password": "x"}');
SELECT is(row(action, reason, sentence), row('created'::text, NULL::text, NULL::text), 'somebody new is created') FROM made;
SELECT ok(NOT resource ? 'password', 'as SCIM would store the resource') FROM scim.users WHERE id = (SELECT id FROM made);
SELECT is(pg_temp.last_log(), 'create User jane done 201', 'the log has the row of a POST');
SELECT is(concat_ws(' ', request_id, actor, method), concat_ws(' ', 'sql-' || pg_current_xact_id(), session_user), 'of this transaction and session')
  FROM scim.request_log WHERE org = 'tap-one';
SELECT is(request_id, 'sql-' || pg_current_xact_id(), 'and so has the audit') FROM scim.audit_events WHERE org = 'tap-one' AND name = 'jane';
SELECT is_empty($$SELECT * FROM scim.milestones WHERE org = 'tap-one'$$, 'no milestone of an identity provider is reached');
SELECT pg_temp.look();
SELECT results_eq($$SELECT action, id FROM scim.upsert_person('tap-one', '{"userName": "jane", "externalId": "7", "emails": [{"value": "jane@example.com"}]}')$$,
    $$SELECT 'unchanged', id FROM made$$, 'the same again is the same person');
SELECT pg_temp.same('and changes nothing');
SELECT results_eq($$SELECT action, id FROM scim.upsert_person('tap-one', '{"userName": "JANE2", "externalId": "7"}')$$,
    $$SELECT 'updated', id FROM made$$, 'the externalId finds the person');
SELECT is(pg_temp.last_log(), 'update User JANE2 done 200', 'the log has the row of a PUT');
SELECT results_eq($$SELECT action, id FROM scim.upsert_person('tap-one', '{"userName": "jane2"}')$$,
    $$SELECT 'updated', id FROM made$$, 'without one it is the userName');
SELECT is(row(external_id, resource ? 'emails'), row(NULL::text COLLATE "C", false), 'what the resource does not name is gone') FROM scim.users WHERE org = 'tap-one';
SELECT is((SELECT action FROM scim.upsert_person('tap-one', '{"userName": "jane2", "active": false}')), 'deactivated', 'active is followed');
SELECT is((SELECT action FROM scim.upsert_person('tap-one', '{"userName": "jane2", "title": "T"}')), 'updated', 'and stays');
SELECT is(active, false, 'where nothing is said of it') FROM scim.users WHERE org = 'tap-one';
SELECT is((SELECT action FROM scim.upsert_person('tap-one', '{"userName": "jane2", "active": true, "externalId": "7"}')), 'reactivated', 'in both directions');

-- More than one has the externalId: the userName decides.
SELECT is((SELECT action FROM scim.upsert_person('tap-one', '{"userName": "bob"}')), 'created', 'bob');
INSERT INTO scim.users (org, user_name, external_id) VALUES ('tap-one', 'twin', '7');
SELECT results_eq($$SELECT action, user_name COLLATE "default" FROM scim.upsert_person('tap-one', '{"userName": "bob", "externalId": "7"}') JOIN scim.users USING (id)$$,
    $$VALUES ('updated', 'bob')$$, 'an externalId of several is no match');
SELECT is((SELECT action FROM scim.upsert_person('tap-one', '{"userName": "third", "externalId": "7"}')), 'created', 'nor a hindrance');
DELETE FROM scim.users WHERE org = 'tap-one' AND user_name IN ('twin', 'third');
UPDATE scim.users SET external_id = NULL WHERE org = 'tap-one' AND user_name = 'bob';

-- ---- active, and gone
SELECT is((SELECT action FROM scim.deactivate_person('tap-one', '7')), 'deactivated', 'by externalId');
SELECT is(pg_temp.last_log(), 'deactivate User jane2 done 200', 'the log says so');
SELECT pg_temp.look();
SELECT is((SELECT action FROM scim.deactivate_person('tap-one', 'Jane2')), 'unchanged', 'by userName, once more');
SELECT pg_temp.same('changes nothing');
SELECT is((SELECT action FROM scim.reactivate_person('tap-one', (SELECT upper(id::text) FROM made))), 'reactivated', 'by id');
SELECT is(pg_temp.last_log(), 'reactivate User jane2 done 200', 'the log says so');
SELECT pg_temp.look();
SELECT is((SELECT action FROM scim.reactivate_person('tap-one', '7')), 'unchanged', 'once more');
SELECT pg_temp.same('changes nothing');
UPDATE scim.organization_settings SET on_delete = 'suspend', on_deactivate = 'remove' WHERE org = 'tap-one';
SELECT results_eq($$SELECT action, id FROM scim.remove_person('tap-one', 'jane2')$$, $$SELECT 'removed', id FROM made$$, 'removed');
SELECT is(pg_temp.last_log(), 'delete User jane2 done 204', 'the log has the row of a DELETE');
SELECT is(id, (SELECT id FROM made), 'kept, as the organization wants') FROM scim.deleted_users WHERE org = 'tap-one';
SELECT pg_temp.look();
SELECT results_eq($$SELECT action, id, reason FROM scim.remove_person('tap-one', 'jane2')$$, $$VALUES ('unchanged', NULL::uuid, 'user.unknown')$$,
    'who is not here is removed already');
SELECT pg_temp.same('and nothing changes');
SELECT results_eq($$SELECT action, id FROM scim.upsert_person('tap-one', '{"userName": "jane", "externalId": "7"}')$$,
    $$SELECT 'revived', id FROM made$$, 'the same person comes back');
SELECT is(pg_temp.last_log(), 'revive User jane done 201 user.revived', 'the log says so');
SELECT is((SELECT action FROM scim.deactivate_person('tap-one', 'jane')), 'deactivated', 'deactivated');
SELECT is(status, 'removed', 'means removed, as the organization wants') FROM scim.users WHERE id = (SELECT id FROM made);
SELECT is((SELECT action FROM scim.upsert_person('tap-one', '{"userName": "jane", "externalId": "7", "active": true}')), 'reactivated', 'and back');

-- ---- refusals are errors ...
SELECT throws_ok($$SELECT scim.upsert_person('tap-one', '{"externalId": "7"}')$$, 'SC400', '"userName" is missing; it is required.', 'no userName');
SELECT throws_ok($$SELECT scim.upsert_person('tap-one', '{"userName": " "}')$$, 'SC400', '"userName" is missing; it is required.', 'a blank one');
SELECT throws_ok($$SELECT scim.upsert_person('tap-one', '{"userName": 7}')$$, 'SC400', NULL, 'not of the kind that SCIM says');
SELECT throws_ok($$SELECT scim.upsert_person('tap-one', '[]')$$, 'SC400', NULL, 'no resource');
SELECT throws_ok($$SELECT scim.upsert_person('tap-one', '{"userName": "bob", "externalId": "7"}')$$, 'SC409', NULL, 'the userName of another');
SELECT throws_ok($$SELECT scim.deactivate_person('tap-one', 'nobody')$$, 'SC404',
    'Nobody of this organization has the id, userName, externalId or email "nobody".', 'nobody is deactivated');
-- By email, where nobody is called so and it is one person's.
INSERT INTO scim.users (org, resource) VALUES
    ('tap-one', '{"userName": "mail1", "active": false, "emails": [{"value": "One@x.com", "type": "work"}, {"value": "one@x.com", "type": "home"}, {"value": "both@x.com"}, {"value": "bob"}]}'),
    ('tap-one', '{"userName": "mail2", "emails": [{"value": "both@x.com"}]}'),
    ('tap-two', '{"userName": "mail3", "emails": [{"value": "two@x.com"}]}');
SELECT results_eq($$SELECT action, user_name COLLATE "default" FROM scim.reactivate_person('tap-one', 'ONE@x.com') JOIN scim.users USING (id)$$,
    $$VALUES ('reactivated', 'mail1')$$, 'an address of one person is that person, however often they have it');
SELECT is_empty($$SELECT * FROM scim.effective_groups('tap-one', 'one@x.com')$$, 'also where groups are asked for');
SELECT throws_like($$SELECT scim.deactivate_person('tap-one', 'both@x.com')$$, 'More than one person of this organization has%"both@x.com"%Give the id.', 'an address of two people is nobody');
SELECT throws_ok($$SELECT scim.deactivate_person('tap-one', 'two@x.com')$$, 'SC404', NULL, 'nor is that of another organization');
SELECT is((SELECT known.person_id FROM scim.find_person('tap-one', 'bob') AS known), (SELECT id FROM scim.users WHERE org = 'tap-one' AND user_name = 'bob'),
    'who is called so goes before whose address it is');
DELETE FROM scim.users WHERE user_name LIKE 'mail_' AND org IN ('tap-one', 'tap-two');
-- What is looked at is what the refusal says.
CREATE FUNCTION pg_temp.hint(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
BEGIN
    EXECUTE call;
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS said = PG_EXCEPTION_HINT;
    RETURN said;
END
$$;
SELECT is(pg_temp.hint($$SELECT scim.deactivate_person('tap-one', 'nobody')$$), 'Ask again with the userName, the email or the externalId.', 'for a person');
SELECT is(pg_temp.hint($$SELECT scim.set_members('tap-one', 'nothing', '{}')$$), 'Ask again with the displayName or the id: scim.group_overview has both.', 'for a group');
INSERT INTO scim.users (org, user_name, external_id) VALUES ('tap-one', 'twin', 'bob');
SELECT throws_like($$SELECT scim.remove_person('tap-one', 'bob')$$, 'More than one person of this organization has%"bob"%Give the id.', 'a word for two people');
UPDATE scim.users SET protected = true, external_id = 't' WHERE org = 'tap-one' AND user_name = 'twin';
SELECT throws_ok($$SELECT scim.remove_person('tap-one', 'twin')$$, 'SC403', NULL, 'somebody protected');
SELECT throws_ok($$SELECT scim.deactivate_person('tap-one', 'twin')$$, 'SC403', NULL, 'in every way');
SELECT throws_ok($$SELECT scim.upsert_person('tap-one', '{"userName": "twin"}')$$, 'SC403', NULL, 'that there is');
UPDATE scim.organization_settings SET create_users = false WHERE org = 'tap-one';
DO $$
DECLARE detail text; hint text;
BEGIN
    PERFORM scim.upsert_person('tap-one', '{"userName": "new"}');
EXCEPTION WHEN SQLSTATE 'SC403' THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    CREATE TEMP TABLE said AS SELECT detail, hint;
END $$;
SELECT is(detail, 'action.create_off', 'DETAIL is the code') FROM said;
SELECT alike(hint, '%scimlet org set tap-one create_users=on%', 'HINT is what to do') FROM said;
SELECT throws_ok($$SELECT scim.upsert_person('tap-one', '{"userName": "jane"}', 'Return')$$, '22023', 'refusals cannot be "Return": it is raise or return.', 'another way to refuse');
SELECT throws_ok($$SELECT scim.upsert_person('tap-none', '{"userName": "jane"}')$$, 'P0002', 'There is no organization "tap-none".', 'an organization that is not there');
SELECT is(coalesce(current_setting('scim.request', true), ''), '', 'what follows is plain SQL');

-- ---- ... or rows, for many at once
CREATE TEMP TABLE staging (place integer, document jsonb);
INSERT INTO staging VALUES (1, '{"userName": "jane", "externalId": "7", "title": "Boss"}'), (2, '{"userName": "new", "externalId": "8", "emails": [{"value": "n@x"}]}'),
    (3, '{"userName": 7}'), (4, jsonb_build_object('userName', 'bob', 'externalId', repeat('x', 2000))), (5, '{"userName": "bob", "title": "B"}');
CREATE TEMP TABLE answers AS
SELECT staging.place, p.* FROM staging, scim.upsert_person('tap-one', staging.document, refusals => 'return') AS p;
SELECT results_eq('SELECT place, action, reason FROM answers ORDER BY place', $$VALUES (1, 'updated', NULL),
    (2, 'refused', 'action.create_off'), (3, 'refused', 'value.refused'), (4, 'refused', 'value.refused'), (5, 'updated', NULL)$$, 'each has its own answer');
SELECT alike(sentence, '%userName%string%', 'with a sentence') FROM answers WHERE place = 3;
SELECT results_eq($$SELECT action COLLATE "default", subject COLLATE "default", email_key COLLATE "default", external_id COLLATE "default", status, scim_type, reason COLLATE "default", sentence
                      FROM scim.request_log WHERE org = 'tap-one' AND result = 'refused' AND reason = 'action.create_off'$$,
    $$SELECT 'create', 'new', 'n@x', '8', 403, NULL, 'action.create_off', sentence FROM answers WHERE place = 2$$, 'a refusal is a row of the log, as over HTTP');
SELECT is(count(*), 3::bigint, 'each of them') FROM scim.request_log WHERE org = 'tap-one' AND result = 'refused';
SELECT results_eq($$SELECT action, reason FROM scim.deactivate_person('tap-one', 'twin', refusals => 'return')$$, $$VALUES ('refused', 'resource.protected')$$, 'of somebody protected');
SELECT is(pg_temp.last_log(), 'update User twin refused 403 resource.protected', 'the log has it');
SELECT results_eq($$SELECT action, reason FROM scim.deactivate_person('tap-one', 'nobody', refusals => 'return')$$, $$VALUES ('refused', 'user.unknown')$$, 'of nobody');
SELECT is(pg_temp.last_log(), 'update User nobody refused 404 user.unknown', 'the log has it');
UPDATE scim.organization_settings SET deactivate_users = false WHERE org = 'tap-one';
SELECT is((SELECT reason FROM scim.deactivate_person('tap-one', 'bob', 'return')), 'action.deactivate_off', 'switched off');
SELECT is(pg_temp.last_log(), 'deactivate User bob refused 403 action.deactivate_off', 'the log has it');
UPDATE scim.organization_settings SET deactivate_users = true, create_users = true, on_delete = 'delete', on_deactivate = 'suspend' WHERE org = 'tap-one';

-- ---- the guard counts calls, and not plain SQL
UPDATE scim.organization_settings SET guard_per_hour = 5, guard_percent = 0 WHERE org = 'tap-one';
-- Jane was removed above, several times, which counts once.
INSERT INTO scim.users (org, user_name) SELECT 'tap-one', 'many' || number FROM generate_series(1, 9) AS number;
DELETE FROM scim.users WHERE org = 'tap-one' AND user_name IN ('many8', 'many9');
CREATE TEMP TABLE mass AS SELECT number, p.* FROM generate_series(1, 7) AS number, scim.remove_person('tap-one', 'many' || number, 'return') AS p;
SELECT results_eq('SELECT action, reason, count(*) FROM mass GROUP BY 1, 2 ORDER BY 1', $$VALUES ('refused', 'guard.stopped', 3::bigint), ('removed', NULL, 4)$$,
    'the guard stops what removes too many');
SELECT is(pg_temp.last_log(), 'delete User many7 refused 429 guard.stopped', 'the log has it');
SELECT is(refused, 3::bigint, 'and it needs attention') FROM scim.guards WHERE org = 'tap-one';
SELECT throws_ok($$SELECT scim.remove_person('tap-one', 'bob')$$, 'SC429', NULL, 'as an error, too');
UPDATE scim.organization_settings SET guard_per_hour = NULL WHERE org = 'tap-one';

-- ---- groups
DELETE FROM scim.users WHERE org = 'tap-one' AND user_name LIKE 'many%';
UPDATE scim.users SET protected = false WHERE org = 'tap-one' AND user_name = 'twin';
CREATE TEMP TABLE team AS SELECT * FROM scim.upsert_group('tap-one', 'Team', 'g1');
SELECT is(action, 'created', 'a new group') FROM team;
SELECT is(pg_temp.last_log(), 'create Group Team done 201', 'the log has the row of a POST');
SELECT pg_temp.look();
SELECT results_eq($$SELECT action, id FROM scim.upsert_group('tap-one', 'Team', 'g1')$$, $$SELECT 'unchanged', id FROM team$$, 'again');
SELECT results_eq($$SELECT action, id FROM scim.upsert_group('tap-one', 'Team')$$, $$SELECT 'unchanged', id FROM team$$, 'and by name alone');
SELECT pg_temp.same('it changes nothing');
SELECT results_eq($$SELECT action, id FROM scim.upsert_group('tap-one', 'TEAM', 'g2')$$, $$SELECT 'updated', id FROM team$$, 'the name finds it, however it is written');
SELECT results_eq($$SELECT action, id FROM scim.upsert_group('tap-one', 'Crew', 'g2')$$, $$SELECT 'updated', id FROM team$$, 'the externalId finds it under another name');
SELECT is(pg_temp.last_log(), 'update Group Crew done 200', 'the log has the row of a PUT');
SELECT is((SELECT action FROM scim.upsert_group('tap-one', 'Sub')), 'created', 'another group');
SELECT throws_ok($$SELECT scim.upsert_group('tap-one', 'sub', 'g2')$$, 'SC409', 'There is a group with the displayName "sub" already (upper and lower case are the same).', 'a name that is taken');
SELECT throws_ok($$SELECT scim.upsert_group('tap-one', ' ')$$, 'SC400', '"displayName" is missing; it is required.', 'no name');
SELECT is((SELECT reason FROM scim.upsert_group('tap-one', NULL, refusals => 'return')), 'attr.required', 'none at all');

-- ---- members
SELECT results_eq($$SELECT action, added, removed, id FROM scim.set_members('tap-one', 'crew', ARRAY['JANE', 't', (SELECT id::text FROM scim.groups WHERE display_name = 'Sub' AND org = 'tap-one')])$$,
    $$SELECT 'updated', 3::bigint, 0::bigint, id FROM team$$, 'members by userName, externalId and id');
SELECT is(pg_temp.last_log(), 'update Group Crew done 200', 'the log has the row of a PUT');
SELECT pg_temp.look();
SELECT results_eq($$SELECT action, added, removed FROM scim.set_members('tap-one', (SELECT id::text FROM team), ARRAY['twin', '7', 'jane', (SELECT id::text FROM scim.groups WHERE display_name = 'Sub' AND org = 'tap-one')])$$,
    $$VALUES ('unchanged', 0::bigint, 0::bigint)$$, 'the same in another order, by other names and twice');
SELECT is((SELECT action FROM scim.add_members('tap-one', 'Crew', '{jane}')), 'unchanged', 'who is in is not added');
SELECT is((SELECT action FROM scim.remove_members('tap-one', 'Crew', '{bob,nobody}')), 'unchanged', 'who is not in is not removed');
SELECT pg_temp.same('nothing changes');
SELECT results_eq($$SELECT action, added, removed FROM scim.set_members('tap-one', 'Crew', '{bob,jane}')$$, $$VALUES ('updated', 1::bigint, 2::bigint)$$, 'only the difference is written');
SELECT results_eq($$SELECT action, cardinality(members) FROM scim.audit_events WHERE org = 'tap-one' AND members IS NOT NULL ORDER BY seq DESC LIMIT 2$$,
    $$VALUES ('members_added'::text COLLATE "C", 1), ('members_removed', 2)$$, 'the audit has it');
SELECT results_eq($$SELECT action, added, removed FROM scim.remove_members('tap-one', 'Crew', '{bob,nobody}')$$, $$VALUES ('updated', 0::bigint, 1::bigint)$$, 'one less');
SELECT results_eq($$SELECT action, added, removed FROM scim.add_members('tap-one', 'Crew', '{bob,twin,bob}')$$, $$VALUES ('updated', 2::bigint, 0::bigint)$$, 'two more');
SELECT throws_ok($$SELECT scim.set_members('tap-one', 'Crew', '{bob,nobody}')$$, 'SC400', 'The group cannot have the member "nobody": nobody and no group of this organization is known as that. Create the person first.', 'a member who is not here');
SELECT throws_ok($$SELECT scim.add_members('tap-one', 'Crew', '{NULL}')$$, '22004', NULL, 'or is not named');
SELECT throws_ok($$SELECT scim.set_members('tap-one', 'Crew', NULL)$$, '22004', NULL, 'what an aggregate makes of no row empties no group');
SELECT throws_ok($$SELECT scim.set_members('tap-one', 'Crew', ARRAY[(SELECT id::text FROM team)])$$, 'SC400', NULL, 'the group itself');
SELECT throws_ok($$SELECT scim.set_members('tap-one', 'nothing', '{}')$$, 'SC404', 'No group of this organization has the id or displayName "nothing".', 'a group that is not there');
UPDATE scim.users SET external_id = 'bob' WHERE org = 'tap-one' AND user_name = 'twin';
SELECT throws_like($$SELECT scim.add_members('tap-one', 'Crew', '{bob}')$$, '%"bob": more than one person%Give the id.', 'a word for two people');
UPDATE scim.users SET external_id = 't' WHERE org = 'tap-one' AND user_name = 'twin';
SELECT pg_temp.look();
SELECT results_eq($$SELECT action, reason, added FROM scim.set_members('tap-one', 'Crew', '{bob,nobody}', 'return')$$, $$VALUES ('refused', 'group.unknown_member', NULL::bigint)$$, 'as a row');
SELECT is(pg_temp.last_log(), 'update Group Crew refused 400 invalidValue group.unknown_member', 'and in the log');
SELECT is(member_count, 3, 'nothing was written') FROM scim.groups WHERE id = (SELECT id FROM team);
UPDATE scim.groups SET protected = true WHERE org = 'tap-one' AND display_name = 'Crew';
SELECT throws_ok($$SELECT scim.set_members('tap-one', 'Crew', '{}')$$, 'SC403', NULL, 'a protected group');
SELECT throws_ok($$SELECT scim.upsert_group('tap-one', 'Crew', 'g9')$$, 'SC403', NULL, 'is not renamed');
SELECT throws_ok($$SELECT scim.remove_group('tap-one', 'Crew')$$, 'SC403', NULL, 'nor removed');
INSERT INTO scim.group_members (org, group_id, member_id, member_type) SELECT 'tap-one', team.id, sub.id, 'Group' FROM team, scim.groups AS sub WHERE sub.org = 'tap-one' AND sub.display_name = 'Sub';
SELECT throws_ok($$SELECT scim.add_members('tap-one', 'Sub', '{jane}')$$, 'SC403', NULL, 'nor does it get members through a group in it');
SELECT throws_ok($$SELECT scim.remove_group('tap-one', 'Sub')$$, 'SC403', NULL, 'which is not removed either');
SELECT is((SELECT action FROM scim.remove_members('tap-one', 'Sub', '{jane}')), 'unchanged', 'what changes nothing is allowed');
UPDATE scim.groups SET protected = false WHERE org = 'tap-one';
UPDATE scim.organization_settings SET push_groups = false WHERE org = 'tap-one';
SELECT throws_ok($$SELECT scim.upsert_group('tap-one', 'New')$$, 'SC403', NULL, 'where groups are not wanted, none is made');
SELECT throws_ok($$SELECT scim.set_members('tap-one', 'Crew', '{}')$$, 'SC403', NULL, 'and none changed');
UPDATE scim.organization_settings SET push_groups = true, groups_to_sync = '{Crew}' WHERE org = 'tap-one';
SELECT is((SELECT action FROM scim.upsert_group('tap-one', 'Hidden')), 'created', 'a group that is not synced is made');
SELECT is(pg_temp.last_log(), 'create Group Hidden ignored 201 group.not_synced', 'and the log says that it is hidden');

-- ---- through groups in groups
SELECT is((SELECT action FROM scim.set_members('tap-one', 'Sub', ARRAY['twin', 'jane', (SELECT id::text FROM team)])), 'updated', 'groups in a circle');
SELECT is((SELECT action FROM scim.set_members('tap-one', 'Crew', ARRAY['bob', 'twin', (SELECT id::text FROM scim.groups WHERE display_name = 'Sub' AND org = 'tap-one')])), 'updated', 'groups in a circle');
SELECT results_eq($$SELECT user_name, type, via FROM scim.effective_members('tap-one', 'crew')$$,
    $$VALUES ('bob', 'direct', '{Crew}'::text[]), ('jane', 'indirect', '{Sub}'), ('twin', 'direct', '{Crew,Sub}')$$, 'each once, and how');
SELECT results_eq($$SELECT display_name, type, hidden FROM scim.effective_groups('tap-one', 'bob')$$, $$VALUES ('Crew', 'direct', false), ('Sub', 'indirect', true)$$, 'the groups of a person');
SELECT results_eq($$SELECT type, display_name FROM scim.effective_groups('tap-one', 't')$$, $$VALUES ('direct', 'Crew'), ('direct', 'Sub')$$, 'of another');
SELECT throws_ok($$SELECT * FROM scim.effective_members('tap-one', 'none')$$, 'SC404', NULL, 'of no group');
SELECT throws_ok($$SELECT * FROM scim.effective_groups('tap-one', 'none')$$, 'SC404', NULL, 'of nobody');
SELECT is((SELECT action FROM scim.remove_group('tap-one', 'Sub')), 'removed', 'a group goes');
SELECT is(pg_temp.last_log(), 'delete Group Sub done 204', 'the log has the row of a DELETE');
SELECT pg_temp.look();
SELECT results_eq($$SELECT action, reason FROM scim.remove_group('tap-one', 'Sub')$$, $$VALUES ('unchanged', 'group.unknown')$$, 'and is gone');
SELECT pg_temp.same('once');
UPDATE scim.organization_settings SET unique_group_names = false WHERE org = 'tap-one';
INSERT INTO scim.groups (org, display_name) VALUES ('tap-one', 'crew');
SELECT throws_like($$SELECT scim.set_members('tap-one', 'Crew', '{}')$$, 'More than one group%"Crew"%Give the id.', 'a name of two groups');
SELECT throws_like($$SELECT scim.upsert_group('tap-one', 'Crew')$$, 'More than one group%"Crew"%Give the id.', 'in every call');

-- ---- the fence
SET LOCAL ROLE scim_service;
SET LOCAL scim.org = 'tap-two';
SELECT throws_ok(format(call, 'tap-one'), '42501', 'This transaction works on the organization "tap-two" (scim.org), so it cannot work on "tap-one".', call)
  FROM unnest(ARRAY[
    $$SELECT scim.upsert_person('%s', '{"userName": "jane"}')$$, $$SELECT scim.upsert_person('%s', '{"userName": "jane"}', 'return')$$,
    $$SELECT scim.deactivate_person('%s', 'jane')$$, $$SELECT scim.reactivate_person('%s', 'jane')$$, $$SELECT scim.remove_person('%s', 'jane')$$,
    $$SELECT scim.upsert_group('%s', 'Crew')$$, $$SELECT scim.remove_group('%s', 'Crew')$$, $$SELECT scim.set_members('%s', 'Crew', '{}')$$,
    $$SELECT scim.add_members('%s', 'Crew', '{jane}')$$, $$SELECT scim.remove_members('%s', 'Crew', '{jane}')$$,
    $$SELECT scim.effective_members('%s', 'Crew')$$, $$SELECT scim.effective_groups('%s', 'jane')$$, $$SELECT scim.history('%s', 'jane')$$,
    $$SELECT scim.as_of('%s', now())$$, $$SELECT scim.as_of_groups('%s', now())$$, $$SELECT scim.as_of_members('%s', 'Crew', now())$$]) AS call;
SELECT is((SELECT action FROM scim.upsert_person('tap-two', '{"userName": "sue"}')), 'created', 'its own organization is open');
SET LOCAL scim.org = '';
SELECT is((SELECT action FROM scim.upsert_person('tap-two', '{"userName": "sue"}')), 'unchanged', 'and where none was named, the call names it');
SELECT is(current_setting('scim.org'), 'tap-two', 'for the transaction');
SELECT throws_ok($$SELECT scim.upsert_person('tap-one', '{"userName": "jane"}')$$, '42501', NULL, 'which then works on no other');
SELECT throws_ok($$SELECT scim.upsert_person('tap-none', '{"userName": "jane"}')$$, '42501', NULL, 'there or not');
RESET ROLE;
SELECT is((SELECT action FROM scim.upsert_person('tap-one', '{"userName": "sue"}')), 'created', 'who is above the fence works on several in one transaction');
SET LOCAL ROLE scim_owner;
SELECT is((SELECT action FROM scim.upsert_person('tap-one', '{"userName": "sue"}')), 'unchanged', 'the owner, too');
SET LOCAL ROLE scim_reader;
SELECT isnt_empty($$SELECT * FROM scim.effective_groups('tap-one', 'bob')$$, 'the reader asks who is in which groups');
SELECT isnt_empty($$SELECT * FROM scim.history('tap-one', 'bob')$$, 'and what changed');
SELECT throws_ok($$SELECT scim.upsert_person('tap-one', '{"userName": "sue"}')$$, '42501', NULL, 'and writes nothing');
RESET ROLE;

SELECT results_eq($$SELECT put.action, put.reason FROM unnest(ARRAY['Fine', repeat('x', 2000)]) AS name, scim.upsert_group('tap-one', name, refusals => 'return') AS put$$,
    $$VALUES ('created', NULL), ('refused', 'value.refused')$$, 'a name that cannot be stored is a row, too');
SELECT is((SELECT action FROM scim.deactivate_person('tap-one', repeat('x', 100000), 'return')), 'refused', 'nobody has so long a name');
SELECT cmp_ok((SELECT max(length(sentence) + length(array_to_string(arguments, ''))) FROM scim.request_log WHERE org = 'tap-one'), '<', 8000,
    'and the log takes only its beginning');
UPDATE scim.organization_settings SET provisioning = false, provisioning_off_reason = 'Not paid.' WHERE org = 'tap-one';
SELECT throws_ok(format(call, 'tap-one'), 'SC403', 'Provisioning is switched off for this organization: Not paid.', call)
  FROM unnest(ARRAY[$$SELECT scim.upsert_person('%s', '{"userName": "new"}')$$, $$SELECT scim.upsert_person('%s', '{"userName": "sue", "title": "x"}')$$,
    $$SELECT scim.remove_person('%s', 'sue')$$, $$SELECT scim.upsert_group('%s', 'New')$$, $$SELECT scim.set_members('%s', (SELECT max(id::text) FROM scim.groups WHERE display_name = 'Crew'), '{}')$$]) AS call;

SELECT * FROM finish();
ROLLBACK;
