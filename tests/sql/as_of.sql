-- History, and people, groups and members as they were (sql/function/history.sql).
-- Times are those of the events, moved into the past.
\ir fixture/begin.sql
SELECT no_plan();

CREATE FUNCTION pg_temp.ago(days integer) RETURNS timestamptz LANGUAGE sql AS $$ SELECT transaction_timestamp() - make_interval(days => days) $$;
-- What was done until now was done so many days ago.
CREATE FUNCTION pg_temp.was_done(days integer) RETURNS void LANGUAGE sql AS $$
    SET LOCAL session_replication_role = replica;
    UPDATE scim.audit_events SET at = pg_temp.ago(days) WHERE org = 'tap-one' AND at >= transaction_timestamp();
    UPDATE scim.users SET created = pg_temp.ago(days) WHERE org = 'tap-one' AND created >= date_trunc('second', transaction_timestamp());
    UPDATE scim.groups SET created = pg_temp.ago(days) WHERE org = 'tap-one' AND created >= date_trunc('second', transaction_timestamp());
    SET LOCAL session_replication_role = origin;
$$;
-- Somebody who is older than the audit.
SET LOCAL session_replication_role = replica;
INSERT INTO scim.users (org, id, user_name, resource) VALUES ('tap-one', '00000000-0000-4000-8000-000000000009', 'old', '{"userName": "old"}');
SET LOCAL session_replication_role = origin;

SELECT pg_temp.was_done(390);
SELECT scim.upsert_person('tap-one', '{"userName": "jane", "externalId": "7", "displayName": "Jane"}');
SELECT scim.upsert_group('tap-one', 'Team', 'g1'), scim.upsert_group('tap-one', 'Sub');
SELECT scim.set_members('tap-one', 'Team', ARRAY['jane', 'old', (SELECT id::text FROM scim.groups WHERE org = 'tap-one' AND display_name = 'Sub')]);
SELECT id AS jane FROM scim.users WHERE org = 'tap-one' AND user_name = 'jane' \gset
SELECT pg_temp.was_done(30);
UPDATE scim.users SET account = '4711' WHERE id = :'jane';
SELECT pg_temp.was_done(20);
SELECT scim.upsert_person('tap-one', '{"userName": "janet", "externalId": "7", "active": false}');
SELECT scim.upsert_group('tap-one', 'Crew', 'g1');
SELECT scim.remove_members('tap-one', 'Crew', '{old}');
SELECT pg_temp.was_done(10);
SELECT scim.remove_person('tap-one', '7'), scim.remove_group('tap-one', 'Crew');
SELECT scim.upsert_person('tap-one', '{"userName": "jane", "externalId": "8"}');
SELECT pg_temp.was_done(5);
SELECT scim.remove_person('tap-one', 'old');

-- ---- history
SELECT results_eq(format($$SELECT action, name, changed FROM scim.history('tap-one', %L)$$, :'jane'), $$VALUES
    ('created', 'jane', NULL), ('joined', 'jane', 'groups: - -> "Team"'), ('linked', 'jane', 'account: null -> "4711"'),
    ('deactivated', 'janet', 'active: true -> false; displayName: "Jane" -> -; userName: "jane" -> "janet"'),
    ('deleted', 'janet', NULL), ('left', 'janet', 'groups: "Crew" -> -')$$,
    'what happened to somebody who is gone, by id');
SELECT is(count(*), 6::bigint, 'by the last userName') FROM scim.history('tap-one', 'JANET');
SELECT results_eq($$SELECT action FROM scim.history('tap-one', '8')$$, $$VALUES ('created')$$, 'by externalId');
SELECT results_eq($$SELECT action, name, changed FROM scim.history('tap-one', '00000000-0000-4000-8000-000000000009') WHERE action <> 'deleted'$$,
    $$VALUES ('joined', NULL, 'groups: - -> "Team"'), ('left', NULL, 'groups: "Crew" -> -')$$, 'of somebody who is older than the audit; the group was renamed');
SELECT is_empty($$SELECT * FROM scim.history('tap-one', 'nobody')$$, 'nothing is known of nobody');
SELECT is_empty($$SELECT * FROM scim.history('tap-two', 'janet')$$, 'nor of people of others');
SELECT ok(bool_and(who LIKE session_user || ' (%)' AND (request_id LIKE 'sql-%') = (action <> 'linked')), 'who did it, and in which call')
  FROM scim.history('tap-one', 'janet');
SELECT throws_ok($$SELECT * FROM scim.history('tap-none', 'janet')$$, 'P0002', NULL, 'of no organization');

-- ---- people
SELECT results_eq($$SELECT days, user_name, active, status, account FROM unnest('{380,25,15,7,1}'::integer[]) AS days,
        scim.as_of('tap-one', pg_temp.ago(days)) ORDER BY days DESC, user_name$$, $$VALUES
    (380, 'old', true, 'provisioned', NULL),
    (25, 'jane', true, 'provisioned', NULL), (25, 'old', true, 'provisioned', NULL),
    (15, 'jane', true, 'active', '4711'), (15, 'old', true, 'provisioned', NULL),
    (7, 'janet', false, 'suspended', '4711'), (7, 'old', true, 'provisioned', NULL),
    (1, 'jane', true, 'provisioned', NULL), (1, 'old', true, 'provisioned', NULL)$$, 'people as they were');
SELECT results_eq($$SELECT id, external_id, display_name, version, resource FROM scim.as_of('tap-one', pg_temp.ago(25)) WHERE user_name = 'jane'$$,
    format($$VALUES (%L::uuid, '7', 'Jane', 1::bigint, '{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "jane", "externalId": "7", "displayName": "Jane"}'::jsonb)$$, :'jane'),
    'with their resource');
SELECT is(count(*), 1::bigint, 'now is as it is') FROM scim.as_of('tap-one', clock_timestamp());
SELECT is(count(*), 1::bigint, 'and so is what is to come') FROM scim.as_of('tap-one', 'infinity');
SELECT is_empty($$SELECT * FROM scim.as_of('tap-two', clock_timestamp())$$, 'of one organization');

-- ---- groups and members
SELECT results_eq($$SELECT days, display_name, external_id, cardinality(members) FROM unnest('{380,25,7,1}'::integer[]) AS days,
        scim.as_of_groups('tap-one', pg_temp.ago(days)) ORDER BY days DESC, display_name$$, $$VALUES
    (25, 'Sub', NULL, 0), (25, 'Team', 'g1', 3), (7, 'Crew', 'g1', 2), (7, 'Sub', NULL, 0), (1, 'Sub', NULL, 0)$$, 'groups as they were');
SELECT results_eq($$SELECT type, name FROM scim.as_of_members('tap-one', 'TEAM', pg_temp.ago(25))$$, $$VALUES ('User', 'jane'), ('User', 'old'), ('Group', 'Sub')$$, 'and who was in them');
SELECT results_eq($$SELECT type, name FROM scim.as_of_members('tap-one', 'Crew', pg_temp.ago(7))$$, $$VALUES ('User', 'janet'), ('Group', 'Sub')$$, 'by the names of that time');
SELECT throws_ok($$SELECT * FROM scim.as_of_members('tap-one', 'Crew', pg_temp.ago(25))$$, 'SC404',
    format('No group of this organization had the id or displayName "Crew" at %s.', scim.utc(pg_temp.ago(25))), 'a group that was not called so then');
SELECT throws_like($$SELECT * FROM scim.as_of_members('tap-one', 'Sub', pg_temp.ago(35))$$, 'No group of this organization had %"Sub" at %', 'nor one that is there now and was not then');

-- ---- no longer ago than the audit is kept
UPDATE scim.organization_settings SET keep_audit = 14 WHERE org = 'tap-one';
SELECT throws_like(format('SELECT * FROM scim.%s', call), 'How "tap-one" was at % is not known: its history of changes begins at %.', call)
  FROM unnest('{"as_of(''tap-one'', pg_temp.ago(15))","as_of_groups(''tap-one'', pg_temp.ago(15))","as_of_members(''tap-one'', ''Crew'', pg_temp.ago(15))","as_of(''tap-one'', NULL)"}'::text[]) AS call;
SELECT lives_ok($$SELECT * FROM scim.as_of('tap-one', pg_temp.ago(13))$$, 'but until then');

SET LOCAL ROLE scim_reader;
SELECT isnt_empty($$SELECT * FROM scim.as_of('tap-one', transaction_timestamp() - interval '7 days')$$, 'the reader may ask');
SELECT isnt_empty($$SELECT * FROM scim.as_of_groups('tap-one', transaction_timestamp() - interval '7 days')$$, 'of groups, too');
SELECT isnt_empty($$SELECT * FROM scim.as_of_members('tap-one', 'Crew', transaction_timestamp() - interval '7 days')$$, 'and of members');
RESET ROLE;
SELECT * FROM finish();
ROLLBACK;
