-- Many small organizations beside a large one: plans that do not know the
-- values, made for the average, must not read the large one from end to end.
\ir fixture/begin.sql
SELECT plan(15);
\set members_remove `cat ../sql/statement/members_remove.sql`
-- The statements inside functions, with parameters for their variables.
SELECT replace(replace(replace(regexp_replace(prosrc, '^.*?(WITH known.*?)\s+INTO added, unknown;.*$', '\1'),
               'of_org', '$1'), 'of_group', '$2::uuid'), 'unnest(ids)', 'unnest($3::uuid[])') AS members_add
  FROM pg_proc WHERE oid = 'scim.add_group_members'::regproc \gset
SELECT replace(replace(replace(regexp_replace(prosrc, '^.*?(WITH wanted.*?)\s+INTO [^\n]*(.*?);.*$', '\1\2'),
               'of_org', '$1'), 'unnest(words)', 'unnest($2::text[])'), 'skip_unknown', '$3::boolean') AS find_members
  FROM pg_proc WHERE oid = 'scim.find_members'::regproc \gset
\set groups_lock `cat ../sql/statement/groups_lock.sql`

INSERT INTO scim.organizations (org) SELECT 'small-' || n FROM generate_series(1, 300) AS n;
INSERT INTO scim.users (org, user_name)
SELECT 'small-' || n, 'p' || m FROM generate_series(1, 300) AS n, generate_series(1, 3) AS m;
INSERT INTO scim.groups (org, display_name)
SELECT 'small-' || n, 'g' || m FROM generate_series(1, 300) AS n, generate_series(1, 3) AS m;
INSERT INTO scim.users (org, user_name) SELECT 'tap-one', 'p' || n FROM generate_series(1, 5000) AS n;
INSERT INTO scim.groups (org, display_name) VALUES ('tap-one', 'large');
INSERT INTO scim.group_members (org, group_id, member_id)
SELECT groups.org, groups.id, users.id FROM scim.groups JOIN scim.users USING (org)
 WHERE groups.org LIKE 'small-%' OR groups.org = 'tap-one';
ANALYZE scim.users, scim.groups, scim.group_members;

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

PREPARE members_remove (text, text, text) AS :members_remove;
PREPARE members_add (text, text, text) AS :members_add;
PREPARE find_members (text, text, text) AS :find_members;
PREPARE groups_lock (text, text) AS :groups_lock;
SET LOCAL ROLE scim_service;
SET LOCAL scim.org = 'tap-one';
SET LOCAL plan_cache_mode = force_generic_plan;
SELECT matches(pg_temp.explained($$members_remove('tap-one', '00000000-0000-4000-8000-000000000001', '{}')$$),
    'Index Cond: [^\n]*org = [^\n]*group_id = [^\n]*member_id = gone', 'one member is found among all by the index');
SELECT matches(pg_temp.explained($$members_add('tap-one', '00000000-0000-4000-8000-000000000001', '{}')$$),
    'users_pkey[^\n]*\n *Index Cond: [^\n]*org = [^\n]* AND \(id = (wanted|listed)', 'and a person among all people');
SELECT matches(pg_temp.explained($$members_add('tap-one', '00000000-0000-4000-8000-000000000001', '{}')$$),
    'groups_pkey[^\n]*\n *Index Cond: [^\n]*org = [^\n]* AND \(id = (wanted|listed)', 'and a group among all groups');
SELECT matches(pg_temp.explained($$find_members('tap-one', '{}', 'f')$$), format('%s[^\n]*\n *Index Cond: [^\n]*org = [^\n]* AND \(%s = wanted', index, attribute),
    format('who is meant is found by %s', index))
  FROM (VALUES ('users_pkey', 'id'), ('users_user_name_key', 'user_name_key'), ('users_external_id_idx', 'external_id'), ('groups_pkey', 'id')) AS indexes (index, attribute);
SELECT matches(pg_temp.explained($$groups_lock('tap-one', '{}')$$),
    'groups_pkey[^\n]*\n *Index Cond: [^\n]*org = [^\n]* AND \(id = ', 'and groups that are locked');
SELECT matches(pg_temp.explained($$groups_lock('tap-one', '{}')$$),
    'subgroup_id_idx[^\n]*\n *Index Cond: [^\n]*org = [^\n]* AND \(subgroup_id = ', 'and those above them');

-- An organization that was filled since statistics were made, where the planner expects one row: with the value, as an export has it.
RESET ROLE;
SET LOCAL plan_cache_mode = force_custom_plan;
\set export_people `sed -n '/^SELECT/,$p' ../sql/statement/export_people.sql`
\set export_groups `sed -n '/^SELECT/,$p' ../sql/statement/export_groups.sql`
PREPARE export_people (text, text) AS :export_people;
PREPARE export_groups (text) AS :export_groups;
SELECT matches(pg_temp.explained($$export_people('tap-two', 'true')$$), format('%s on %s[^\n]*\n *Index Cond: [^\n]*org = [^\n]* AND \(%s = ', index, alias, attribute),
    format('an export finds by %s', index))
  FROM (VALUES ('users_pkey', 'users one', 'id'), ('group_members_user_id_idx', 'group_members member', 'user_id'),
               ('groups_pkey', 'groups one', 'id')) AS indexes (index, alias, attribute);
SELECT matches(pg_temp.explained($$export_groups('tap-two')$$), format('%s on %s[^\n]*\n *Index Cond: [^\n]*org = [^\n]* AND \(id = member', index, alias),
    format('and groups find members by %s', index))
  FROM (VALUES ('users_pkey', 'users one'), ('groups_pkey', 'groups one')) AS indexes (index, alias);

-- And who deletes it reads for nobody the others, to find whose manager it was: a million, not some thousands and what others rolled back.
CREATE FUNCTION pg_temp.entries_read() RETURNS numeric LANGUAGE sql AS $$
SELECT sum(pg_stat_get_xact_tuples_returned(indexrelid)) FROM pg_index WHERE indrelid = 'scim.users'::regclass
$$;
INSERT INTO scim.users (org, user_name) SELECT 'tap-two', 'p' || n FROM generate_series(1, 1000) AS n;
SELECT pg_temp.entries_read() AS before \gset
DELETE FROM scim.users WHERE org = 'tap-two';
SELECT cmp_ok(pg_temp.entries_read() - :before, '<', 200000::numeric, 'a thousand people are deleted without reading a thousand of them for each');

SELECT * FROM finish();
ROLLBACK;
