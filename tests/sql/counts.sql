-- The totals of lists: whatever is done to people and groups, their counts say how many there are.
\ir fixture/begin.sql
SELECT plan(30);

CREATE FUNCTION pg_temp.counted(of_type text, of_org text DEFAULT 'tap-one') RETURNS bigint LANGUAGE sql AS $$
    SELECT coalesce(sum(number), 0)::bigint FROM scim.resource_counts WHERE org = of_org AND resource_type = of_type
$$;

SELECT is(pg_temp.counted('User'), 0::bigint, 'nobody yet');
INSERT INTO scim.users (org, user_name) SELECT 'tap-one', 'user-' || i FROM generate_series(1, 10) AS i;
SELECT is(pg_temp.counted('User'), 10::bigint, 'ten at once');
INSERT INTO scim.users (org, user_name)
SELECT org, 'both-' || i FROM (VALUES ('tap-one'), ('tap-two')) AS both_of (org), generate_series(1, 3) AS i;
SELECT is(pg_temp.counted('User'), 13::bigint, 'one statement for two organizations');
SELECT is(pg_temp.counted('User', 'tap-two'), 3::bigint, 'counts for each of them');
INSERT INTO scim.users (org, user_name) VALUES ('tap-one', 'USER-1'), ('tap-one', 'user-11') ON CONFLICT DO NOTHING;
SELECT is(pg_temp.counted('User'), 14::bigint, 'who was there already does not count');
COPY scim.users (org, user_name) FROM stdin;
tap-one	copied-1
tap-one	copied-2
\.
SELECT is(pg_temp.counted('User'), 16::bigint, 'COPY');
WITH moved AS (DELETE FROM scim.users WHERE org = 'tap-one' AND user_name LIKE 'copied%' RETURNING org)
INSERT INTO scim.users (org, user_name) SELECT org, 'again' FROM moved LIMIT 1;
SELECT is(pg_temp.counted('User'), 15::bigint, 'a statement that deletes and inserts');
UPDATE scim.users SET title = 'x' WHERE org = 'tap-one';
SELECT is(pg_temp.counted('User'), 15::bigint, 'a change of all of them');
DELETE FROM scim.users WHERE org = 'tap-one' AND user_name = 'nobody';
SELECT is(pg_temp.counted('User'), 15::bigint, 'a DELETE of nobody');
SAVEPOINT half_way;
DELETE FROM scim.users WHERE org = 'tap-one';
SELECT is(pg_temp.counted('User'), 0::bigint, 'a DELETE of all');
ROLLBACK TO half_way;
SELECT is(pg_temp.counted('User'), 15::bigint, 'taken back');

INSERT INTO scim.groups (org, display_name) VALUES ('tap-one', 'A'), ('tap-one', 'B');
INSERT INTO scim.group_members (org, group_id, member_id)
SELECT 'tap-one', groups.id, users.id FROM scim.groups, scim.users WHERE groups.org = 'tap-one' AND users.org = 'tap-one';
SELECT is(pg_temp.counted('Group'), 2::bigint, 'groups');
DELETE FROM scim.groups WHERE org = 'tap-one' AND display_name = 'A';
SELECT is(pg_temp.counted('Group'), 1::bigint, 'a deleted group');
DELETE FROM scim.users WHERE org = 'tap-one' AND user_name = 'again';
SELECT is(pg_temp.counted('User'), 14::bigint, 'a deleted member');
SELECT is(pg_temp.counted('Group'), 1::bigint, 'does not count for the group');
SELECT is(sum(removed), 4::numeric, 'who was deleted is remembered: two people copied, one who was again, one group')
  FROM scim.resource_counts WHERE org = 'tap-one';

-- They follow; nobody writes them.
SELECT throws_ok($$UPDATE scim.resource_counts SET number = 0$$, '23001', NULL, 'not by UPDATE');
SELECT throws_ok($$DELETE FROM scim.resource_counts$$, '23001', NULL, 'not by DELETE');
SELECT throws_ok($$INSERT INTO scim.resource_counts VALUES ('tap-one', 'User', 0, 1, 0)$$, '23001', NULL, 'not by INSERT');
SET LOCAL ROLE scim_service;
SET LOCAL scim.org = 'tap-one';
SELECT throws_ok($$UPDATE scim.resource_counts SET number = 0$$, '23001', NULL, 'the responder neither');
INSERT INTO scim.users (org, user_name) VALUES ('tap-one', 'by the responder');
SELECT is(pg_temp.counted('User'), 15::bigint, 'but what it makes is counted');
RESET ROLE;

-- The organization goes with its counts; TRUNCATE empties all.
DELETE FROM scim.users WHERE org = 'tap-two';
DELETE FROM scim.organizations WHERE org = 'tap-two';
SELECT is_empty($$SELECT * FROM scim.resource_counts WHERE org = 'tap-two'$$, 'a deleted organization has no counts');
SELECT throws_like('TRUNCATE scim.' || relation || ' CASCADE', 'TRUNCATE of scim.%s is refused: %DELETE ... WHERE org%', 'TRUNCATE of ' || relation)
  FROM (VALUES ('users'), ('groups'), ('group_members')) AS emptied (relation);
-- As README says: PostgreSQL looks at what refers to a table before any trigger is asked.
SELECT throws_ok('TRUNCATE scim.' || relation, '0A000', 'cannot truncate a table referenced in a foreign key constraint', 'without CASCADE ' || relation)
  FROM (VALUES ('users'), ('organizations')) AS emptied (relation);
SET LOCAL scim.maintenance = 'on';
TRUNCATE scim.groups CASCADE;
SELECT is(pg_temp.counted('Group'), 0::bigint, 'TRUNCATE of groups');
SELECT is(pg_temp.counted('User'), 15::bigint, 'leaves people');
TRUNCATE scim.users CASCADE;
SELECT is(pg_temp.counted('User'), 0::bigint, 'TRUNCATE of people');

SELECT * FROM finish();
ROLLBACK;
