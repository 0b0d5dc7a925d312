-- What a DBA reads: each view says what is there, and WHERE org = ... reads
-- only that organization, also beside a large one.
-- Rows that other tests rolled back are in the indexes until vacuum, and pages
-- are counted here.
VACUUM;
\ir fixture/begin.sql
SET LOCAL scim.maintenance = 'on';    -- events of our own
SELECT no_plan();

-- ---- contacts

INSERT INTO scim.users (org, resource) VALUES
    ('tap-one', '{"userName": "Jane", "displayName": "Jane Doe", "title": "Analyst",
        "emails": [{"value": "Jane@X.com", "type": "work", "primary": true, "display": "Jane at X"}, {"value": "jane@home"}],
        "phoneNumbers": [{"value": "+41 1", "type": "mobile", "primary": true}, {"value": "+41 2", "display": "desk"}],
        "addresses": [{"type": "work", "streetAddress": "Main St 1", "locality": "Bern", "region": "BE",
                       "postalCode": "3000", "country": "CH", "formatted": "Main St 1, Bern"}]}'),
    ('tap-two', '{"userName": "jane", "emails": [{"value": "jane@other"}], "phoneNumbers": [{"value": "+41 9"}],
        "addresses": [{"country": "AT"}]}');
-- Older versions let it in: only what a request writes is not looked at now.
SET LOCAL scim.request = '{"id": "r"}';
INSERT INTO scim.users (org, resource) VALUES ('tap-one', '{"userName": "joe", "phoneNumbers": {"value": "+41 3"}}');
SET LOCAL scim.request = '';
SELECT results_eq(
    $$SELECT ordinal, user_name, value, type, "primary", display FROM scim.emails WHERE org = 'tap-one' ORDER BY ordinal$$,
    $$VALUES (1, 'Jane' COLLATE "C", 'Jane@X.com' COLLATE "C", 'work' COLLATE "C", true, 'Jane at X'),
             (2, 'Jane', 'jane@home', NULL, false, NULL)$$, 'emails');
SELECT results_eq(
    $$SELECT user_name, value, type, "primary", display FROM scim.phones WHERE org = 'tap-one' ORDER BY user_name, ordinal$$,
    $$VALUES ('Jane' COLLATE "C", '+41 1', 'mobile', true, NULL), ('Jane', '+41 2', NULL, false, 'desk'),
             ('joe', '+41 3', NULL, false, NULL)$$, 'phones, also where a single one is no list');
SELECT results_eq(
    $$SELECT user_name, type, street_address, locality, region, postal_code, country, formatted, "primary"
        FROM scim.addresses WHERE org = 'tap-one'$$,
    $$VALUES ('Jane' COLLATE "C", 'work', 'Main St 1', 'Bern', 'BE', '3000', 'CH', 'Main St 1, Bern', false)$$, 'addresses');

-- ---- groups: Jane in Inner, Inner in Middle and Other, both in Outer, Outer in Inner again

INSERT INTO scim.groups (org, display_name)
SELECT 'tap-one', unnest('{Inner,Middle,Other,Outer,Alone}'::text[]);
UPDATE scim.groups SET protected = true WHERE org = 'tap-one' AND display_name = 'Alone';
CREATE FUNCTION pg_temp.team(name text) RETURNS uuid LANGUAGE sql STABLE AS
    'SELECT id FROM scim.groups WHERE org = ''tap-one'' AND display_name = $1';
CREATE FUNCTION pg_temp.person(name text) RETURNS uuid LANGUAGE sql STABLE AS
    'SELECT id FROM scim.users WHERE org = ''tap-one'' AND user_name = $1';
INSERT INTO scim.group_members (org, group_id, member_id, member_type) VALUES
    ('tap-one', pg_temp.team('Inner'),  pg_temp.person('Jane'),  'User'),
    ('tap-one', pg_temp.team('Middle'), pg_temp.team('Inner'),   'Group'),
    ('tap-one', pg_temp.team('Other'),  pg_temp.team('Inner'),   'Group'),
    ('tap-one', pg_temp.team('Outer'),  pg_temp.team('Middle'),  'Group'),
    ('tap-one', pg_temp.team('Outer'),  pg_temp.team('Other'),   'Group'),
    ('tap-one', pg_temp.team('Outer'),  pg_temp.person('Jane'),  'User'),
    ('tap-one', pg_temp.team('Outer'),  pg_temp.person('joe'),   'User'),
    ('tap-one', pg_temp.team('Inner'),  pg_temp.team('Outer'),   'Group');
SELECT results_eq(
    $$SELECT display_name, members, people, subgroups, protected FROM scim.group_overview WHERE org = 'tap-one' ORDER BY 1$$,
    $$VALUES ('Alone' COLLATE "C", 0, 0, 0, true), ('Inner', 2, 1, 1, false), ('Middle', 1, 0, 1, false),
             ('Other', 1, 0, 1, false), ('Outer', 4, 2, 2, false)$$, 'groups with their members');
SELECT results_eq(
    $$SELECT group_name, member_type, member_name, status FROM scim.memberships WHERE org = 'tap-one' AND group_name IN ('Inner', 'Middle')
       ORDER BY 1, 2, 3$$,
    $$VALUES ('Inner' COLLATE "C", 'Group' COLLATE "C", 'Outer' COLLATE "C", NULL COLLATE "C"),
             ('Inner', 'User', 'Jane', 'provisioned'), ('Middle', 'Group', 'Inner', NULL)$$, 'direct members by name');
SELECT results_eq(
    $$SELECT user_name, group_name, direct, depth, path FROM scim.effective_memberships WHERE org = 'tap-one' ORDER BY 1, 2$$,
    $$VALUES ('Jane' COLLATE "C", 'Inner' COLLATE "C", true, 0, '{}'::text[]), ('Jane', 'Middle', false, 1, '{Inner,Middle}'),
             ('Jane', 'Other', false, 1, '{Inner,Other}'), ('Jane', 'Outer', true, 0, '{}'),
             ('joe', 'Inner', false, 1, '{Outer,Inner}'), ('joe', 'Middle', false, 2, '{Outer,Inner,Middle}'),
             ('joe', 'Other', false, 2, '{Outer,Inner,Other}'), ('joe', 'Outer', true, 0, '{}')$$,
    'effective members: the shortest way, and cycles end');
SELECT set_eq(
    $$SELECT user_name, group_id FROM scim.effective_memberships WHERE org = 'tap-one'$$,
    $$SELECT person.user_name, (item ->> 'value')::uuid
        FROM scim.users AS person CROSS JOIN LATERAL scim.groups_of(person.org, person.id, '') AS shown
       CROSS JOIN LATERAL json_array_elements(shown.groups) AS item
       WHERE person.org = 'tap-one'$$, 'they are the groups that SCIM shows');
SELECT results_eq(
    $$SELECT display_name, depth FROM scim.groups_above('tap-one', pg_temp.team('Inner')) JOIN scim.groups ON org = 'tap-one' AND id = group_id
       ORDER BY 1$$,
    $$VALUES ('Middle' COLLATE "C", 1), ('Other', 1), ('Outer', 2)$$, 'the groups above one: each once, and not itself, in spite of the cycle');
-- Ten layers of three groups, each in all three above: 3^9 ways, 30 groups.
INSERT INTO scim.groups (org, display_name)
SELECT 'tap-one', format('L%s-%s', layer, n) FROM generate_series(1, 10) AS layer, generate_series(1, 3) AS n;
INSERT INTO scim.group_members (org, group_id, member_id, member_type)
SELECT 'tap-one', upper_one.id, lower_one.id, 'Group'
  FROM scim.groups AS upper_one JOIN scim.groups AS lower_one USING (org)
 WHERE org = 'tap-one' AND upper_one.display_name LIKE 'L%' AND lower_one.display_name LIKE 'L%'
   AND substring(upper_one.display_name FROM 'L(\d+)-')::integer = substring(lower_one.display_name FROM 'L(\d+)-')::integer + 1;
SELECT results_eq(
    $$SELECT count(*), max(depth), max(cardinality(path)) FROM scim.groups_above('tap-one', pg_temp.team('L1-1'))$$,
    'VALUES (27::bigint, 9, 10)', 'each group above once, however many ways lead there');
DELETE FROM scim.groups WHERE org = 'tap-one' AND display_name LIKE 'L%';
DELETE FROM scim.audit_events WHERE org = 'tap-one' AND (name LIKE 'L%' OR name IS NULL AND action LIKE 'members%');

-- ---- settings

SELECT set_eq(
    $$SELECT name FROM scim.settings WHERE org = 'tap-one'$$,
    $$SELECT attname FROM pg_attribute WHERE attrelid = 'scim.organization_settings'::regclass AND attnum > 0 AND attname <> 'org'$$,
    'every column is a setting');
SELECT is_empty($$SELECT name FROM scim.settings WHERE org = 'tap-one' AND (changed OR meaning IS NULL OR type IS NULL)$$,
    'a new organization has the defaults, and each says what it means');
UPDATE scim.organization_settings SET on_delete = 'suspend', seat_limit = 5, allowed_domains = '{x.com}' WHERE org = 'tap-one';
SELECT results_eq(
    $$SELECT name, value, default_value, type FROM scim.settings WHERE org = 'tap-one' AND changed ORDER BY name$$,
    $$VALUES ('allowed_domains', '{x.com}', '{}', 'text[]'), ('on_delete', 'suspend', 'delete', 'text'),
             ('seat_limit', '5', NULL, 'integer')$$, 'what was changed is known');
SELECT is(meaning, col_description('scim.organization_settings'::regclass, attnum), 'the meaning is the comment')
  FROM scim.settings JOIN pg_attribute ON attrelid = 'scim.organization_settings'::regclass AND attname = name
 WHERE org = 'tap-one' AND name = 'on_delete';

-- ---- tokens

INSERT INTO scim.tokens (org, label, digest, last_four, expires, revoked) VALUES
    ('tap-one', 'a live',    sha256('1'), 'aaaa', now() + interval '1 year', NULL),
    ('tap-one', 'a soon',    sha256('5'), 'aaab', now() + interval '1 day', NULL),
    ('tap-one', 'b grace',   sha256('2'), 'bbbb', now() + interval '1 day', now() + interval '1 hour'),
    ('tap-one', 'c expired', sha256('3'), 'cccc', now() - interval '1 day', NULL),
    ('tap-one', 'd revoked', sha256('4'), 'dddd', now() + interval '1 day', now() - interval '1 hour');
SELECT results_eq($$SELECT label, state, works FROM scim.token_overview WHERE org = 'tap-one' ORDER BY label$$,
    $$VALUES ('a live', 'live', true), ('a soon', 'expiring', true), ('b grace', 'grace', true), ('c expired', 'expired', false), ('d revoked', 'revoked', false)$$,
    'which tokens work');
SELECT hasnt_column('scim', 'token_overview', 'digest', 'and never a digest');

-- ---- log

INSERT INTO scim.request_log (org, at, request_id, token_id, action, subject, subject_key, result, status, reason, sentence, duration_ms)
SELECT 'tap-one', date_trunc('hour', now()) - ago, 'r', (SELECT id FROM scim.tokens WHERE org = 'tap-one' AND label = 'a live'),
       action, 'Jane', 'jane', result, 400, reason, 'So it is.', 10
  FROM (VALUES (interval '0', 'create', 'done', NULL), (interval '0', 'create', 'done', NULL),
               (interval '1 ms', 'create', 'refused', 'attr.required'),
               (interval '3 hours', 'update', 'failed', 'server.database_down')) AS rows (ago, action, result, reason);
SELECT results_eq($$SELECT hour, action, result, number, average_ms FROM scim.activity_by_hour WHERE org = 'tap-one' ORDER BY hour$$,
    $$VALUES (date_trunc('hour', now()) - interval '3 hours', 'update', 'failed', 1::bigint, 10::real),
             (date_trunc('hour', now()) - interval '1 hour', 'create', 'refused', 1, 10),
             (date_trunc('hour', now()), 'create', 'done', 2, 10)$$,
    'counts by hour; an hour begins at its first moment');
SELECT results_eq($$SELECT number FROM scim.activity_by_hour WHERE org = 'tap-one' AND hour >= date_trunc('hour', now())$$,
    'VALUES (2::bigint)', 'and of the last hours alone');
SELECT is(who, 'token a live ...aaaa', 'the log says by which token') FROM scim.log WHERE org = 'tap-one' AND action = 'update';
UPDATE scim.organization_settings SET idp = 'entra' WHERE org = 'tap-one';
SELECT results_eq(
    $$SELECT rejection.title, rejection.idp COLLATE "default", rejection.what_to_do COLLATE "default" FROM scim.rejections AS rejection
       WHERE org = 'tap-one' AND reason = 'attr.required'$$,
    $$SELECT title, 'entra', replace(entra, 'ORG', 'tap-one') COLLATE "default" FROM scim.reasons WHERE code = 'attr.required'$$,
    'a rejection says what to do there');
SELECT is(count(*), 2::bigint, 'what was done is none') FROM scim.rejections WHERE org = 'tap-one';

-- ---- audit

UPDATE scim.users SET title = 'Chief', department = 'R&D', family_name = 'Doe', manager_id = 'm1'
 WHERE org = 'tap-one' AND user_name = 'Jane';
SELECT is(changed, 'department: - -> R&D; manager.value: - -> m1; name.familyName: - -> Doe; title: Analyst -> Chief',
    'what changed, in one line')
  FROM scim.audit WHERE org = 'tap-one' AND name = 'Jane' AND action = 'updated';
SELECT results_eq(
    $$SELECT attribute, old, new FROM scim.changes WHERE org = 'tap-one' AND name = 'Jane' AND action = 'updated' ORDER BY attribute$$,
    $$VALUES ('department', NULL, 'R&D'), ('manager.value', NULL, 'm1'), ('name.familyName', NULL, 'Doe'), ('title', 'Analyst', 'Chief')$$,
    'and attribute by attribute');
SELECT results_eq(
    $$SELECT attribute, old, new FROM scim.changes WHERE org = 'tap-one' AND name = 'Outer' AND action = 'members_added' ORDER BY new$$,
    $$VALUES ('members', NULL, 'Jane'), ('members', NULL, 'Middle'), ('members', NULL, 'Other'), ('members', NULL, 'joe')$$,
    'members by name');
SELECT results_eq($$SELECT attribute, old, new FROM scim.changes WHERE org = 'tap-one' AND attribute = 'on_delete'$$,
    $$VALUES ('on_delete', 'delete', 'suspend')$$, 'settings, too');
SELECT is(who, format('%s (%s)', session_user, current_setting('application_name')), 'and who did it by SQL')
  FROM scim.audit WHERE org = 'tap-one' AND name = 'Jane' AND action = 'updated';
DELETE FROM scim.users WHERE org = 'tap-one' AND user_name = 'joe';
SELECT ok(changed LIKE '%userName: joe%', 'of who is gone, all there was') FROM scim.audit
 WHERE org = 'tap-one' AND name = 'joe' AND action = 'deleted';
INSERT INTO scim.audit_events (org, action, resource_type, name, before, after)
VALUES ('tap-one', 'updated', 'Token', 'canary', '{"digest": "canary1", "label": "a"}',
        '{"digest": "canary2", "label": "b", "resource": {"password": "canary3", "x": {"secret": "canary4"}}}');
SELECT is_empty($$SELECT * FROM scim.changes WHERE org = 'tap-one' AND concat(old, new) LIKE '%canary%'
    UNION ALL SELECT change.* FROM scim.audit JOIN scim.changes AS change USING (org, seq)
     WHERE audit.org = 'tap-one' AND audit.changed LIKE '%canary%'$$, 'what should never be there is not shown either');
SELECT is(changed, 'label: a -> b', 'but the rest is') FROM scim.audit WHERE org = 'tap-one' AND name = 'canary';

SELECT is_empty($$
    SELECT attrelid::regclass, attname
      FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
     WHERE relnamespace = 'scim'::regnamespace AND relkind = 'v' AND attnum > 0
       AND atttypid IN ('text'::regtype, 'text[]'::regtype) AND attcollation = 0
    $$, 'every text can be compared and sorted: none is of two collations');

-- ---- beside an organization of 20,000 people, 60,000 rows of log and 20,000 events, only the own rows are read
-- Without triggers, which would take longer than all else here.

SET LOCAL session_replication_role = replica;
INSERT INTO scim.users (org, user_name, resource)
SELECT 'tap-two', 'user' || i, jsonb_build_object('userName', 'user' || i, 'phoneNumbers', '[{"value": "1"}]'::jsonb,
           'addresses', '[{"country": "CH"}]'::jsonb)
  FROM generate_series(1, 20000) AS i;
INSERT INTO scim.user_emails (org, user_id, ordinal, value) SELECT org, id, 1, user_name || '@x' FROM scim.users
 WHERE org = 'tap-two' AND user_name LIKE 'user%';
INSERT INTO scim.groups (org, display_name) SELECT 'tap-two', 'Group ' || i FROM generate_series(1, 1000) AS i;
INSERT INTO scim.group_members (org, group_id, member_id)
SELECT team.org, team.id, person.id
  FROM (SELECT org, id, row_number() OVER () % 1000 AS n FROM scim.users WHERE org = 'tap-two') AS person
  JOIN (SELECT org, id, row_number() OVER () % 1000 AS n FROM scim.groups WHERE org = 'tap-two') AS team USING (org, n);
INSERT INTO scim.group_members (org, group_id, member_id, member_type)
SELECT org, parent.id, child.id, 'Group' FROM scim.groups AS parent JOIN scim.groups AS child USING (org)
 WHERE org = 'tap-two' AND parent.display_name = 'Group 1' AND child.display_name <> 'Group 1';
INSERT INTO scim.group_mappings (org, id, pattern, team) SELECT org, 1, '*', 'all' FROM (VALUES ('tap-one'), ('tap-two')) AS both_of (org);
INSERT INTO scim.request_log (org, at, request_id, action, result, status)
SELECT 'tap-two', now() - i * interval '1 minute', 'r', 'create', (ARRAY['done', 'refused'])[1 + i % 2], 200
  FROM generate_series(1, 60000) AS i;
INSERT INTO scim.audit_events (org, action, resource_type, resource_id, after)
SELECT org, 'created', 'User', id, jsonb_build_object('resource', resource) FROM scim.users WHERE org = 'tap-two';
INSERT INTO scim.audit_events (org, action, resource_type, resource_id, name, members)
SELECT org, 'members_added', 'Group', group_id, 'G', ARRAY[member_id] FROM scim.group_members WHERE org = 'tap-two';
INSERT INTO scim.tokens (org, label, digest, last_four, expires)
SELECT 'tap-two', 'many', sha256(i::text::bytea), 'aaaa', now() FROM generate_series(1, 5000) AS i;
SET LOCAL session_replication_role = origin;
ANALYZE scim.users, scim.user_emails, scim.groups, scim.group_members, scim.request_log, scim.audit_events, scim.tokens;

-- How many pages a statement touches, what its functions touch included; the
-- second time, when the catalogs are known.
CREATE FUNCTION pg_temp.pages(statement text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    plan jsonb;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ' || statement INTO plan;
    EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ' || statement INTO plan;
    RETURN (plan -> 0 -> 'Plan' ->> 'Shared Hit Blocks')::bigint + (plan -> 0 -> 'Plan' ->> 'Shared Read Blocks')::bigint;
END
$$;
CREATE TEMP TABLE views AS
SELECT viewname AS name FROM pg_views WHERE schemaname = 'scim'
   AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass(format('scim.%I', viewname)) AND attname = 'org');
GRANT SELECT ON views TO PUBLIC;
SELECT is(count(*), (SELECT count(*) FROM pg_views WHERE schemaname = 'scim' AND viewname <> 'api'), 'every view has org, but for the list of functions') FROM views;
SET LOCAL ROLE scim_reader;
SET LOCAL jit = off;
CREATE TEMP TABLE touched AS
SELECT name, pg_temp.pages(format($$SELECT * FROM scim.%I WHERE org = 'tap-one'$$, name)) AS small FROM views;
SELECT cmp_ok(small, '<', 400::bigint, format('%s: the pages of the small organization', name)) FROM touched ORDER BY name;
SELECT cmp_ok(pg_temp.pages($$SELECT * FROM scim.people WHERE org = 'tap-two'$$), '>', 700::bigint, 'the large one has more');
SELECT cmp_ok(pg_temp.pages($$SELECT * FROM scim.log WHERE org = 'tap-two'$$), '>', 700::bigint, 'its log, too');

-- Of all organizations: the refusals of seven of 41 days.
CREATE FUNCTION pg_temp.pages_of_log(statement text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
    plan jsonb;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ' || statement INTO plan;
    RETURN (SELECT sum((node ->> 'Shared Hit Blocks')::bigint + (node ->> 'Shared Read Blocks')::bigint)
              FROM jsonb_path_query(plan, 'strict $.** ? (@."Relation Name" starts with "request_log")') AS node);
END
$$;
SELECT cmp_ok(pg_temp.pages_of_log('SELECT * FROM scim.attention'), '<',
    (SELECT sum(pg_relation_size(relid)) / 8192 / 2 FROM pg_partition_tree('scim.request_log') WHERE isleaf),
    'what needs attention is found without reading the log');

-- One person or moment of the large one costs no more.
CREATE TEMP TABLE someone AS SELECT id FROM scim.users WHERE org = 'tap-two' AND user_name_key = 'user77';
SELECT cmp_ok(pg_temp.pages(statement), '<', 700::bigint, statement)
  FROM (VALUES
    ($$SELECT * FROM scim.emails WHERE org = 'tap-two' AND value_key = scim.fold('User77@x')$$),
    ($$SELECT * FROM scim.phones WHERE org = 'tap-two' AND user_id = (SELECT id FROM someone)$$),
    ($$SELECT * FROM scim.memberships WHERE org = 'tap-two' AND group_name_key = scim.fold('group 77')$$),
    ($$SELECT * FROM scim.activity_by_hour WHERE org = 'tap-two' AND hour >= now() - interval '6 hours'$$),
    ($$SELECT * FROM scim.log WHERE org = 'tap-two' AND at > now() - interval '6 hours'$$),
    ($$SELECT * FROM scim.rejections WHERE org = 'tap-two' AND at > now() - interval '6 hours'$$),
    ($$SELECT * FROM scim.changes WHERE org = 'tap-two' AND resource_id = (SELECT id FROM someone)$$),
    ($$SELECT * FROM scim.audit WHERE org = 'tap-two' AND resource_id = (SELECT id FROM someone)$$),
    ($$SELECT * FROM scim.history('tap-two', 'user77')$$)
  ) AS asked (statement);
-- Ways up are walked once for each group in a group, not for each of its members; for one person, from her groups only.
RESET ROLE;
SET LOCAL track_functions = 'pl';
SELECT lives_ok($$SELECT * FROM scim.effective_memberships WHERE org = 'tap-two'$$, 'every way to every group');
SELECT cmp_ok(pg_stat_get_xact_function_calls('scim.groups_above(text,uuid)'::regprocedure), '<=',
    (SELECT count(DISTINCT subgroup_id) FROM scim.group_members WHERE subgroup_id IS NOT NULL), 'is walked once');
SET LOCAL track_functions = 'none';
SET LOCAL ROLE scim_reader;
SELECT cmp_ok(pg_temp.pages($$SELECT * FROM scim.effective_memberships
    WHERE org = 'tap-two' AND user_id = (SELECT id FROM someone)$$), '<', 100::bigint, 'the groups of one person');
RESET ROLE;
-- Behind the fence it is the same, though not by the index.
SET LOCAL ROLE scim_service;
SET LOCAL scim.org = 'tap-two';
SELECT results_eq($$SELECT action, changed FROM scim.history('tap-two', 'user77')$$, $$VALUES ('created', NULL), ('joined', 'groups: - -> "G"')$$,
    'which has her groups');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
