-- Groups by their organization's settings, protected groups, patterns, and teams, as SQL sees them.
\ir fixture/begin.sql
SELECT plan(53);

CREATE FUNCTION pg_temp.team(name text) RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT id FROM scim.groups WHERE org = 'tap-one' AND display_name = name
$$;
CREATE FUNCTION pg_temp.person(name text) RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT id FROM scim.users WHERE org = 'tap-one' AND user_name = name
$$;
CREATE FUNCTION pg_temp.join(team text, member uuid, type text DEFAULT 'User') RETURNS void LANGUAGE sql AS $$
    INSERT INTO scim.group_members (org, group_id, member_id, member_type) VALUES ('tap-one', pg_temp.team(team), member, type)
$$;
CREATE FUNCTION pg_temp.hidden() RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(display_name ORDER BY display_name), '{}') FROM scim.groups WHERE org = 'tap-one' AND hidden
$$;

-- Patterns.
SELECT is(scim.matches_pattern(name, pattern), expected, format('"%s" %s "%s"', pattern, CASE WHEN expected THEN 'means' ELSE 'does not mean' END, name))
  FROM (VALUES
    ('Sales', 'sales', true), ('SALES', 'Sales', true), ('Sales', 'Sale', false), ('Sales', 'ales', false),
    ('Sales East', 'Sales*', true), ('Sales', 'Sales*', true), ('My Sales', 'Sales*', false), ('My Sales', '*sales', true),
    ('a1b', 'a?b', true), ('ab', 'a?b', false), ('a12b', 'a?b', false), ('', '*', true), ('aéb', 'a?b', true),
    ('100%', '100%', true), ('1000', '100%', false), ('a_b', 'a_b', true), ('axb', 'a_b', false),
    ('a\b', 'a\b', true), ('a\b', 'a*b', true), ('a%b', 'a\%b', false), ('a\', 'a\', true), ('a', 'a\', false),
    ('a\*', 'a\*', true), ('ÄRGER', 'ärger', true), ('a.b', 'a.?', true), ('a+b', 'a.?', false),
    ('[x]', '[x]', true), ('x', '[x]', false)
  ) AS cases (name, pattern, expected);
SELECT is(scim.matches_pattern(NULL, '*'), NULL, 'nothing is known of no name');
SELECT is(scim.matches_pattern(repeat('a', 1000), repeat('a*', 30) || 'b'), false, 'a hostile pattern is answered, too');

-- Hidden groups.
INSERT INTO scim.groups (org, display_name) VALUES ('tap-one', 'App One'), ('tap-one', 'Other'), ('tap-two', 'Other');
SELECT is(pg_temp.hidden(), '{}', 'without the setting all groups are synced');
UPDATE scim.organization_settings SET groups_to_sync = '{app *}' WHERE org = 'tap-one';
SELECT is(pg_temp.hidden(), '{Other}', 'the setting hides those that it does not name');
INSERT INTO scim.groups (org, display_name) VALUES ('tap-one', 'App Two'), ('tap-one', 'New');
SELECT is(pg_temp.hidden(), '{New,Other}', 'also new ones');
SELECT ok(bool_and(version = 1), 'which is no change that SCIM shows') FROM scim.groups WHERE org = 'tap-one';
UPDATE scim.groups SET display_name = 'App New' WHERE org = 'tap-one' AND display_name = 'New';
SELECT is(pg_temp.hidden(), '{Other}', 'a group that gets such a name is seen');
UPDATE scim.groups SET display_name = 'New' WHERE org = 'tap-one' AND display_name = 'App New';
SELECT is(pg_temp.hidden(), '{New,Other}', 'and one that loses it is not');
UPDATE scim.organization_settings SET groups_to_sync = '{}' WHERE org = 'tap-one';
SELECT is(cardinality(pg_temp.hidden()), 4, 'an empty list hides all');
SELECT ok(NOT bool_or(hidden), 'of this organization') FROM scim.groups WHERE org = 'tap-two';
UPDATE scim.organization_settings SET groups_to_sync = NULL WHERE org = 'tap-one';
SELECT is(pg_temp.hidden(), '{}', 'and NULL none');

-- Names.
UPDATE scim.organization_settings SET unique_group_names = false WHERE org = 'tap-one';
SELECT lives_ok($$INSERT INTO scim.groups (org, display_name) VALUES ('tap-one', 'OTHER')$$, 'names repeat where they may');
SELECT throws_ok($$INSERT INTO scim.groups (org, display_name) VALUES ('tap-two', 'OTHER')$$, '23505', NULL, 'and nowhere else');
SELECT throws_ok($$UPDATE scim.organization_settings SET unique_group_names = true WHERE org = 'tap-one'$$, '23001',
    'unique_group_names cannot be switched on: there is more than one group named "OTHER". Rename or delete all but one first.',
    'while they repeat they cannot become unique');
DELETE FROM scim.groups WHERE org = 'tap-one' AND display_name = 'OTHER';
SELECT lives_ok($$UPDATE scim.organization_settings SET unique_group_names = true WHERE org = 'tap-one'$$, 'then they can');
SELECT throws_ok($$INSERT INTO scim.groups (org, display_name) VALUES ('tap-one', 'OTHER')$$, '23505', NULL, 'and are');

-- Refusals.
SELECT is(reason, NULL, 'a group may be made') FROM scim.group_refusal('tap-one');
SELECT is(reason, NULL, 'and written') FROM scim.group_refusal('tap-one', pg_temp.team('Other'));
UPDATE scim.groups SET protected = true WHERE org = 'tap-one' AND display_name = 'App One';
SELECT results_eq($$SELECT * FROM scim.group_refusal('tap-one', pg_temp.team('App One'))$$,
    $$VALUES ('resource.protected', ARRAY['group', 'App One'])$$, 'a protected one not');
SELECT pg_temp.join('App One', pg_temp.team('Other'), 'Group'), pg_temp.join('Other', pg_temp.team('New'), 'Group'),
       pg_temp.join('New', pg_temp.team('Other'), 'Group');
SELECT is(scim.protected_group_above('tap-one', pg_temp.team('New')), 'App One', 'what is in it through others is told');
SELECT is(scim.protected_group_above('tap-one', pg_temp.team('App Two')), NULL, 'what is not, not');
UPDATE scim.organization_settings SET push_groups = false WHERE org = 'tap-one';
SELECT is(reason, 'action.groups_off', 'nothing may be written where groups are off') FROM scim.group_refusal('tap-one');

-- Teams: the view is for all, behind the fence for one.
INSERT INTO scim.users (org, user_name) VALUES ('tap-one', 'ann'), ('tap-two', 'ann');
SELECT pg_temp.join('New', pg_temp.person('ann'));
INSERT INTO scim.group_mappings (org, id, pattern, team, role) VALUES
    ('tap-one', 1, 'other', 't', 'r'), ('tap-one', 2, 'app*', NULL, 'all');
SELECT results_eq($$SELECT team, role, user_name, status, via_groups FROM scim.team_members WHERE org = 'tap-one' ORDER BY team$$,
    $$VALUES ('t'::text, 'r'::text, 'ann'::text, 'provisioned'::text, ARRAY['Other']), (NULL, 'all', 'ann', 'provisioned', '{App One}')$$,
    'a person has the teams of the groups above, a row each');
SET LOCAL ROLE scim_service;
SELECT throws_ok('SELECT * FROM scim.team_members', '42501', NULL, 'the responder cannot read the view of all organizations');
SET LOCAL scim.org = 'tap-two';
SELECT is_empty($$SELECT * FROM scim.team_members_of('tap-one')$$, 'nor another organization by the function');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
