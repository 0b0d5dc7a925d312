-- One-role mode (shared hosting): a role that may not create roles installs the
-- schema and does everything. The files are applied here once more, in its
-- name, in place of the schema that is there, and rolled back.
\ir fixture/begin.sql
SELECT plan(22);

CREATE TEMP TABLE expected AS
SELECT (SELECT max(version) FROM scim.schema_version) AS version,
       (SELECT count(*) FROM pg_class WHERE relnamespace = 'scim'::regnamespace) AS relations;
CREATE TEMP TABLE attributes AS SELECT * FROM scim.schema_attributes;
GRANT SELECT ON expected, attributes TO PUBLIC;
DROP SCHEMA scim CASCADE;
CREATE ROLE scim_tap_hosting;
SELECT lives_ok(format('GRANT CREATE ON DATABASE %I TO scim_tap_hosting', current_database()),
    'a database of one''s own');

SET LOCAL ROLE scim_tap_hosting;
\ir ../../sql/role.sql
\ir ../../sql/migration/0001_organizations.sql
\ir ../../sql/migration/0002_users.sql
\ir ../../sql/migration/0003_groups.sql
\ir ../../sql/migration/0004_lists.sql
\ir ../../sql/migration/0005_settings.sql
\ir ../../sql/migration/0006_life.sql
\ir ../../sql/migration/0007_log.sql
\ir ../../sql/migration/0008_watch.sql
\ir ../../sql/migration/0009_calls.sql
\ir ../../sql/migration/0010_import.sql
\ir ../../sql/migration/0011_schema.sql
INSERT INTO scim.schema_attributes SELECT * FROM attributes;
\ir ../../sql/migration/0012_import_groups.sql
\ir ../../sql/migration/0013_manager_index.sql
\ir ../../sql/migration/0014_refusals.sql
\ir ../../sql/migration/0015_joined.sql
\ir ../../sql/migration/0016_audit_from.sql
\ir ../../sql/migration/0017_import_waiting.sql
\ir ../../sql/function/common.sql
\ir ../../sql/function/schema.sql
\ir ../../sql/function/group.sql
\ir ../../sql/function/guard.sql
\ir ../../sql/function/list.sql
\ir ../../sql/function/log.sql
\ir ../../sql/function/audit.sql
\ir ../../sql/function/login.sql
\ir ../../sql/function/membership.sql
\ir ../../sql/function/organization.sql
\ir ../../sql/function/person.sql
\ir ../../sql/function/import.sql
\ir ../../sql/function/import_run.sql
\ir ../../sql/function/resource.sql
\ir ../../sql/function/undo.sql
\ir ../../sql/function/user.sql
\ir ../../sql/function/mapping.sql
\ir ../../sql/view/connections.sql
\ir ../../sql/view/team_members.sql
\ir ../../sql/function/why.sql
\ir ../../sql/function/protect.sql
\ir ../../sql/function/check.sql
\ir ../../sql/function/erase.sql
\ir ../../sql/function/prune.sql
\ir ../../sql/function/call.sql
\ir ../../sql/function/api.sql
\ir ../../sql/function/history.sql
\ir ../../sql/function/admin.sql
\ir ../../sql/view/people.sql
\ir ../../sql/view/seats.sql
\ir ../../sql/function/activity.sql
\ir ../../sql/function/change.sql
\ir ../../sql/function/comment.sql
\ir ../../sql/function/nesting.sql
\ir ../../sql/view/audit.sql
\ir ../../sql/view/contacts.sql
\ir ../../sql/view/log.sql
\ir ../../sql/view/memberships.sql
\ir ../../sql/view/settings.sql
\ir ../../sql/view/token_overview.sql
\ir ../../sql/view/api.sql
\ir ../../sql/view/reading.sql
\ir ../../sql/grant.sql
\ir ../../sql/internal.sql
\ir ../../sql/function/objects.sql

SELECT is(max(schema_version.version), expected.version, 'every migration was applied')
  FROM scim.schema_version, expected GROUP BY expected.version;
SELECT is(count(*), relations, 'and made the same relations')
  FROM pg_class, expected WHERE relnamespace = 'scim'::regnamespace GROUP BY relations;
SELECT is(nspowner::regrole::text, 'scim_tap_hosting', 'the schema belongs to the one role')
  FROM pg_namespace WHERE nspname = 'scim';
SELECT ok(NOT has_schema_privilege(role, 'scim', 'USAGE'),
    format('%s, perhaps of another customer, is granted nothing', role))
  FROM (VALUES ('scim_service'), ('scim_reader'), ('scim_auditor'), ('scim_owner')) AS strangers (role);

SELECT throws_ok('SELECT * FROM scim.users', '42704', 'Nobody has said yet which organization this session works on.', 'even the owner of the tables names an organization');
SELECT throws_ok($$INSERT INTO scim.organizations (org) VALUES ('tap-one')$$, '42704', NULL, 'also to write');
SET LOCAL scim.org = '*';
SELECT lives_ok($$INSERT INTO scim.organizations (org) VALUES ('tap-one'), ('tap-two')$$,
    'administration works on all of them with SET scim.org = ''*''');
SELECT is(count(*), 2::bigint, 'which get their settings') FROM scim.organization_settings;

SET LOCAL scim.org = 'tap-one';
SELECT lives_ok($$INSERT INTO scim.users (org, resource)
    VALUES ('tap-one', '{"userName": "jane", "emails": [{"value": "jane@x"}]}')$$, 'the responder writes as one of them');
INSERT INTO scim.groups (org, display_name) VALUES ('tap-one', 'Team');
INSERT INTO scim.group_members (org, group_id, member_id)
SELECT 'tap-one', groups.id, users.id FROM scim.groups, scim.users;
SELECT is_empty($$SELECT org FROM scim.people WHERE org <> 'tap-one' UNION ALL SELECT org FROM scim.settings WHERE org <> 'tap-one'
    UNION ALL SELECT org FROM scim.audit WHERE org <> 'tap-one'$$, 'views are behind the same fence');
DELETE FROM scim.users;
SELECT is(version, 3::bigint, 'triggers and cascades work behind the fence') FROM scim.groups;
SELECT is(count(*), 0::bigint, 'and take the addresses with them') FROM scim.user_emails;
SELECT throws_ok($$INSERT INTO scim.users (org, user_name) VALUES ('tap-two', 'intruder')$$, '42501', NULL,
    'another organization is out of reach');
SET LOCAL scim.org = 'tap-two';
SELECT is_empty('SELECT * FROM scim.groups', 'and out of sight');
SET LOCAL scim.org = '';
SELECT is_empty('SELECT * FROM scim.groups', 'as everything is when nothing is named');
SELECT is((SELECT action FROM scim.upsert_person('tap-one', '{"userName": "sue"}')), 'created', 'a call of the API names its organization');
SELECT throws_ok($$SELECT scim.upsert_person('tap-two', '{"userName": "sue"}')$$, '42501', NULL, 'and no other in that transaction');
SET LOCAL scim.org = '*';
SELECT is((SELECT action FROM scim.upsert_person('tap-two', '{"userName": "sue"}')), 'created', 'but where all of them were named');

SELECT * FROM finish();
ROLLBACK;
