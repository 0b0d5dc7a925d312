-- The index that answers, as the responder asks: scim_service behind its fence,
-- with plans that do not know the values.
\ir fixture/begin.sql
SELECT plan(44);

CREATE FUNCTION pg_temp.explained(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    lines text := '';
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS off) EXECUTE ' || statement LOOP
        lines := lines || line || E'\n';
    END LOOP;
    RETURN lines;
END
$$;

PREPARE by_id AS SELECT resource FROM scim.users
    WHERE org = $1 AND id = $2::uuid;
PREPARE by_user_name AS SELECT resource FROM scim.users
    WHERE org = $1 AND user_name_key = scim.fold($2);
PREPARE by_user_name_start AS SELECT resource FROM scim.users
    WHERE org = $1 AND user_name_key >= scim.fold($2) AND user_name_key < scim.fold($3);
PREPARE by_external_id AS SELECT resource FROM scim.users
    WHERE org = $1 AND external_id = $2;
PREPARE by_display_name AS SELECT resource FROM scim.users
    WHERE org = $1 AND display_name_key = scim.fold($2);
PREPARE by_email AS SELECT resource FROM scim.users
    WHERE org = $1 AND id IN (SELECT user_id FROM scim.user_emails WHERE org = $1 AND value_key = scim.fold($2));
PREPARE emails_of AS SELECT value FROM scim.user_emails
    WHERE org = $1 AND user_id = $2::uuid;
PREPARE changed_since AS SELECT resource FROM scim.users
    WHERE org = $1 AND last_modified > $2::timestamptz ORDER BY last_modified, id LIMIT 100;
PREPARE page AS SELECT id FROM scim.users
    WHERE org = $1 ORDER BY created, id OFFSET $2::bigint LIMIT 100;
PREPARE after_cursor AS SELECT resource FROM scim.users
    WHERE org = $1 AND (created, id) > ($2::timestamptz, $3::uuid) ORDER BY created, id LIMIT 100;
PREPARE group_by_id AS SELECT version FROM scim.groups
    WHERE org = $1 AND id = $2::uuid;
PREPARE group_by_name AS SELECT id FROM scim.groups
    WHERE org = $1 AND display_name_key = scim.fold($2);
PREPARE members AS SELECT member_id FROM scim.group_members
    WHERE org = $1 AND group_id = $2::uuid ORDER BY member_id LIMIT 100;
PREPARE groups_of AS SELECT group_id FROM scim.group_members
    WHERE org = $1 AND user_id = $2::uuid;
PREPARE parents_of AS SELECT group_id FROM scim.group_members
    WHERE org = $1 AND subgroup_id = $2::uuid;
PREPARE token AS SELECT scopes FROM scim.tokens
    WHERE org = $1 AND digest = sha256($2);

-- A new installation: the responder prepares its plans while all is empty, and
-- the first load must not find out that they read the whole organization.
SET LOCAL scim.maintenance = 'on';
TRUNCATE scim.users, scim.groups CASCADE;
SET LOCAL ROLE scim_service;
SET LOCAL scim.org = 'tap-one';
SET LOCAL plan_cache_mode = force_generic_plan;
SELECT matches(pg_temp.explained(statement), 'using ' || index, 'empty: ' || statement)
  FROM (VALUES
    ($$by_id('tap-one', gen_random_uuid())$$,       'users_pkey'),
    ($$by_external_id('tap-one', '00u7')$$,         'users_external_id_idx'),
    ($$emails_of('tap-one', gen_random_uuid())$$,   'user_emails_pkey'),
    ($$group_by_id('tap-one', gen_random_uuid())$$, 'groups_pkey'),
    ($$members('tap-one', gen_random_uuid())$$,     'group_members_pkey'),
    ($$groups_of('tap-one', gen_random_uuid())$$,   'group_members_user_id_idx'),
    ($$parents_of('tap-one', gen_random_uuid())$$,  'group_members_subgroup_id_idx')
  ) AS expected (statement, index);
RESET ROLE;

-- 20,000 people in one organization, 2,000 groups, 40,000 memberships.
INSERT INTO scim.users (org, resource)
SELECT 'tap-one', jsonb_build_object('userName', 'User-' || i || '@example.com', 'externalId', '00u' || i,
           'displayName', 'User ' || i,
           'emails', jsonb_build_array(jsonb_build_object('value', 'User-' || i || '@example.com', 'type', 'work')))
  FROM generate_series(1, 20000) AS i;
INSERT INTO scim.groups (org, display_name) SELECT 'tap-one', 'Group ' || i FROM generate_series(1, 2000) AS i;
INSERT INTO scim.group_members (org, group_id, member_id)
SELECT 'tap-one', g.id, u.id
  FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM scim.users) AS u
  JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM scim.groups) AS g
    ON g.n % 1000 = u.n % 1000;
INSERT INTO scim.group_members (org, group_id, member_id, member_type)
SELECT 'tap-one', parent.id, child.id, 'Group'
  FROM scim.groups AS parent, scim.groups AS child
 WHERE parent.display_name = 'Group 1' AND child.display_name <> 'Group 1';
INSERT INTO scim.tokens (org, digest, last_four, expires)
SELECT 'tap-one', sha256(i::text::bytea), 'abcd', '2030-01-01' FROM generate_series(1, 1000) AS i;
ANALYZE scim.users, scim.user_emails, scim.groups, scim.group_members, scim.tokens;

SET LOCAL ROLE scim_service;
CREATE TEMP TABLE explained AS
SELECT statement, index, pg_temp.explained(statement) AS plan
  FROM (VALUES
    ($$by_id('tap-one', gen_random_uuid())$$,               'users_pkey'),
    ($$by_user_name('tap-one', 'Jane')$$,                   'users_user_name_key'),
    ($$by_user_name_start('tap-one', 'Jane', 'Janf')$$,     'users_user_name_key'),
    ($$by_external_id('tap-one', '00u7')$$,                 'users_external_id_idx'),
    ($$by_display_name('tap-one', 'Jane')$$,                'users_display_name_idx'),
    ($$by_email('tap-one', 'Jane@x')$$,                     'user_emails_value_idx'),
    ($$by_email('tap-one', 'Jane@x')$$,                     'users_pkey'),
    ($$emails_of('tap-one', gen_random_uuid())$$,           'user_emails_pkey'),
    ($$changed_since('tap-one', '2026-01-01')$$,            'users_last_modified_idx'),
    ($$page('tap-one', 10000)$$,                            'users_created_idx'),
    ($$after_cursor('tap-one', now(), gen_random_uuid())$$, 'users_created_idx'),
    ($$group_by_id('tap-one', gen_random_uuid())$$,         'groups_pkey'),
    ($$group_by_name('tap-one', 'Team')$$,                  'groups_display_name_idx'),
    ($$members('tap-one', gen_random_uuid())$$,             'group_members_pkey'),
    ($$groups_of('tap-one', gen_random_uuid())$$,           'group_members_user_id_idx'),
    ($$parents_of('tap-one', gen_random_uuid())$$,          'group_members_subgroup_id_idx'),
    ($$token('tap-one', 'x')$$,                             'tokens_digest_key')
  ) AS expected (statement, index);
SELECT matches(plan, '(using|on) ' || index, statement || ' by ' || index) FROM explained;
SELECT doesnt_match(plan, 'Seq Scan|Sort |Filter: \(\(?[a-z_]+ = ', statement || ' reads only what it answers') FROM explained;
SELECT matches(pg_temp.explained($$by_user_name('tap-one', 'Jane')$$), 'One-Time Filter: .*current_setting',
    'the fence is looked at once, not for every row');
-- PostgreSQL 13 writes "normalize"(...) where later ones write NORMALIZE(...).
SELECT imatches(pg_temp.explained($$by_user_name('tap-one', 'Jane')$$),
    'Index Cond: .*user_name_key = .*lower.*normalize"?\(\$2',
    'folding happens to the parameter, not to the rows');
SELECT doesnt_match(pg_temp.explained($$page('tap-one', 10000)$$), 'Index Scan',
    'pages are found in the index alone');

SELECT * FROM finish();
ROLLBACK;
