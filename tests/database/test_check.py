"""`scimlet check`: nothing is found where nothing is wrong, and each broken promise is found, by its name and alone."""
import json
import uuid

import pytest

SOME_FOUND, NOT_FOUND, NO_DATABASE = 1, 3, 5
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

SETUP = """
    INSERT INTO scim.organizations (org) VALUES ('{o}');
    INSERT INTO scim.indexed_attributes (org, attribute, path, ready) VALUES ('{o}', 'nickName', '$.nickName', true);
    INSERT INTO scim.users (org, resource) VALUES
        ('{o}', '{{"userName": "Jane", "displayName": "Jane", "nickName": "J", "externalId": "e1", "active": true,
                  "emails": [{{"value": "jane@x", "type": "work", "primary": true}}, {{"value": "j@y"}}],
                  "x509Certificates": [{{"value": "AAAA"}}],
                  "{e}": {{"department": "D", "manager": {{"value": "boss"}}}}}}'),
        ('{o}', '{{"userName": "joe"}}');
    UPDATE scim.users SET account = 'a1', linked = now(), login_subject = 's1' WHERE org = '{o}' AND user_name = 'Jane';
    UPDATE scim.organization_settings SET groups_to_sync = '{{Team*}}' WHERE org = '{o}';
    INSERT INTO scim.groups (org, display_name) VALUES ('{o}', 'Team'), ('{o}', 'Other');
    INSERT INTO scim.group_members (org, group_id, member_id) SELECT '{o}', g.id, u.id FROM scim.groups AS g, scim.users AS u
     WHERE g.org = '{o}' AND u.org = '{o}' AND g.display_name = 'Team';
    INSERT INTO scim.group_members (org, group_id, member_id, member_type) SELECT '{o}', o.id, t.id, 'Group' FROM scim.groups AS o,
        scim.groups AS t WHERE o.org = '{o}' AND t.org = '{o}' AND o.display_name = 'Other' AND t.display_name = 'Team';
    INSERT INTO scim.tokens (org, digest, last_four, expires) VALUES ('{o}', sha256('{o}'), 'abcd', now() + interval '1 year');
    INSERT INTO scim.deleted_users (org, id, user_name, resource, version, created, purge_after)
    VALUES ('{o}', gen_random_uuid(), 'gone', '{{}}', 1, now(), now() + interval '9 days');
"""
JANE = "org = '{o}' AND user_name = 'Jane'"
TEAM = "org = '{o}' AND display_name = 'Team'"
AUDIT_TOO = """; UPDATE scim.audit_events AS event SET after = event.after || jsonb_build_object('resource', person.resource,
    'active', person.active, 'account', person.account, 'removed', person.removed)
    FROM scim.users AS person WHERE person.org = '{o}' AND event.org = '{o}' AND event.resource_id = person.id"""


def resource(change):
    """Both, so that it is only the resource that is wrong, not that it differs from the audit."""
    return f"UPDATE scim.users SET resource = {change} WHERE {JANE}{AUDIT_TOO}"


# What is done with all triggers off, and the promise that it breaks, alone.
BROKEN = {
    "a column": (f"UPDATE scim.users SET title = 'x' WHERE {JANE}", "users.columns"),
    "active": (f"UPDATE scim.users SET active = false, resource = resource WHERE {JANE}" + AUDIT_TOO, "users.columns"),
    "a number": (resource("resource || '{{\"locale\": 1}}'"), "users.resource"),
    "an attribute that is none": (resource("resource || '{{\"favourite\": \"x\"}}'"), "users.resource"),
    "another letter case": (resource("resource || '{{\"NICKNAME\": \"x\"}}'"), "users.resource"),
    "something unassigned": (resource("resource || '{{\"locale\": \"\"}}'"), "users.resource"),
    "an empty list": (resource("resource || '{{\"roles\": []}}'"), "users.resource"),
    "something computed": (resource(f"jsonb_set(resource, '{{{{{ENTERPRISE},manager,displayName}}}}', '\"x\"')"), "users.resource"),
    "schemas": (resource("resource || '{{\"schemas\": [\"urn:x\"]}}'"), "users.resource"),
    "two primaries": (resource("jsonb_set(resource, '{{roles}}', '[{{\"value\": \"a\", \"primary\": true}}, "
                               "{{\"value\": \"b\", \"primary\": true}}]')"), "users.resource"),
    "version 0": (f"UPDATE scim.users SET version = 0 WHERE {JANE}", "users.version"),
    "a change before the beginning": (f"UPDATE scim.users SET last_modified = created - interval '1 day' WHERE {JANE}", "users.version"),
    "a lost address": ("DELETE FROM scim.user_emails WHERE org = '{o}' AND ordinal = 2", "user_emails.follow"),
    "another address": ("UPDATE scim.user_emails SET value = 'x@x' WHERE org = '{o}' AND ordinal = 2", "user_emails.follow"),
    "an address of nobody": ("INSERT INTO scim.user_emails (org, user_id, ordinal, value) VALUES ('{o}', gen_random_uuid(), 1, 'x')",
                             "user_emails.follow"),
    "not primary": ("UPDATE scim.user_emails SET \"primary\" = false WHERE org = '{o}'", "user_emails.follow"),
    "a value not indexed": ("DELETE FROM scim.indexed_values WHERE org = '{o}'", "indexed_values.follow"),
    "a value indexed only": ("INSERT INTO scim.indexed_values SELECT org, user_id, attribute, 'x' FROM scim.indexed_values "
                             "WHERE org = '{o}'", "indexed_values.follow"),
    "kept and here": ("UPDATE scim.deleted_users SET id = (SELECT id FROM scim.users WHERE org = '{o}' LIMIT 1) WHERE org = '{o}'",
                      "deleted_users.apart"),
    "kept with another name": ("UPDATE scim.deleted_users SET user_name = 'x' WHERE org = '{o}'", "deleted_users.apart"),
    "hidden": (f"UPDATE scim.groups SET hidden = true WHERE {TEAM}", "groups.settings"),
    "shown": ("UPDATE scim.groups SET hidden = false WHERE org = '{o}' AND display_name = 'Other'", "groups.settings"),
    "unique although names may repeat": ("UPDATE scim.organization_settings SET unique_group_names = false WHERE org = '{o}'",
                                         "groups.settings"),
    "a group of version 0": (f"UPDATE scim.groups SET version = 0 WHERE {TEAM}", "groups.version"),
    "a number of members": (f"UPDATE scim.groups SET member_count = 7 WHERE {TEAM}", "groups.member_count"),
    "a member who is nobody": ("INSERT INTO scim.group_members (org, group_id, member_id) SELECT org, id, gen_random_uuid() "
                               f"FROM scim.groups WHERE {TEAM}; UPDATE scim.groups SET member_count = 3 WHERE {TEAM}",
                               "group_members.exist"),
    "a member of the wrong type": ("UPDATE scim.group_members SET member_type = 'User' WHERE org = '{o}' AND member_type = 'Group'",
                                   "group_members.exist"),
    "a member who was removed": (f"UPDATE scim.users SET active = false, removed = true, account = NULL, resource = resource || "
                                 f"'{{{{\"active\": false}}}}' WHERE {JANE}" + AUDIT_TOO, "group_members.removed"),
    "somebody changed": (f"UPDATE scim.users SET resource = resource || '{{{{\"locale\": \"x\"}}}}' WHERE {JANE}", "audit_events.people"),
    "an account": (f"UPDATE scim.users SET account = 'x' WHERE {JANE}", "audit_events.people"),
    "protected": (f"UPDATE scim.users SET protected = true WHERE {JANE}", "audit_events.people"),
    "an event of nobody": ("INSERT INTO scim.audit_events (org, action, resource_type, resource_id, after) "
                           "VALUES ('{o}', 'created', 'User', gen_random_uuid(), '{{}}')", "audit_events.people"),
    "a group changed": (f"UPDATE scim.groups SET external_id = 'x' WHERE {TEAM}", "audit_events.groups"),
    "a member who left untold": ("DELETE FROM scim.group_members WHERE org = '{o}' AND user_id = (SELECT id FROM scim.users WHERE "
                                 "org = '{o}' AND user_name = 'joe'); UPDATE scim.groups SET member_count = 1 WHERE " + TEAM,
                                 "audit_events.members"),
    "no settings": ("DELETE FROM scim.organization_settings WHERE org = '{o}'", "organizations.complete"),
    "no cursor key": ("DELETE FROM scim.cursor_keys WHERE org = '{o}'", "organizations.complete"),
    "an attribute that nobody has": ("UPDATE scim.organization_settings SET required_attributes = '{{naem.givenName}}' WHERE org = '{o}'",
                                     "organization_settings.valid"),
    "a token for ever": ("UPDATE scim.tokens SET expires = 'infinity' WHERE org = '{o}'", "tokens.sane"),
    "a token that was used early": ("UPDATE scim.tokens SET last_used = '2001-01-01' WHERE org = '{o}'", "tokens.sane"),
    "a count": ("UPDATE scim.resource_counts SET number = number + 1 WHERE org = '{o}' AND resource_type = 'User'",
                "resource_counts.equal"),
    "a count of groups": ("DELETE FROM scim.resource_counts WHERE org = '{o}' AND resource_type = 'Group'", "resource_counts.equal"),
    "a trigger": ("ALTER TABLE scim.users DISABLE TRIGGER users_before_update", "schema.triggers"),
    "a foreign key": ("ALTER TABLE scim.group_members DISABLE TRIGGER ALL", "schema.triggers"),
    "no trigger": ("DROP TRIGGER audit_insert ON scim.users", "schema.complete"),
    "no index": ("DROP INDEX scim.users_created_idx", "schema.complete"),
    "no constraint": ("ALTER TABLE scim.users DROP CONSTRAINT users_user_name_check", "schema.complete"),
    "no policy": ("DROP POLICY organization ON scim.users", "schema.complete"),
    "another function": ("CREATE OR REPLACE FUNCTION scim.clock() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'", "schema.complete"),
    "no row security": ("ALTER TABLE scim.users NO FORCE ROW LEVEL SECURITY", "schema.row_security"),
    "a constraint that is not validated": ("ALTER TABLE scim.users DROP CONSTRAINT users_org_fkey, ADD CONSTRAINT users_org_fkey "
                                           "FOREIGN KEY (org) REFERENCES scim.organizations (org) NOT VALID", "schema.constraints"),
    "no partition": ("DO $$ BEGIN EXECUTE 'DROP TABLE scim.request_log_' || to_char(now() AT TIME ZONE 'UTC' + interval '1 month', "
                     "'YYYY_MM'); END $$", "schema.partitions"),
    "an index that is not valid": ("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'scim.users_created_idx'::regclass",
                                   "schema.constraints"),
    "another version of ICU": ("UPDATE pg_collation SET collversion = '1.1' WHERE collname = 'und-x-icu'", "schema.collation"),
    "a status": (f"ALTER TABLE scim.users ALTER status DROP EXPRESSION; UPDATE scim.users SET status = 'suspended' WHERE {JANE}",
                 "users.status"),
    "a key of another ICU": (f"ALTER TABLE scim.users ALTER user_name_key DROP EXPRESSION; "
                             f"UPDATE scim.users SET user_name_key = 'JANE' WHERE {JANE}", "users.keys"),
    "a key of a group": (f"ALTER TABLE scim.groups ALTER display_name_key DROP EXPRESSION; "
                         f"UPDATE scim.groups SET display_name_key = 'TEAM' WHERE {TEAM}", "groups.keys"),
}


@pytest.fixture(scope="module")
def org(database):
    key = f"check-{uuid.uuid4().hex[:12]}"
    database.sql(SETUP.format(o=key, e=ENTERPRISE))
    return key


def found(database, org, statements):
    """The promises broken after the statements, of the organization or of the schema; all of it is rolled back."""
    rows = database.sql(f"BEGIN; SET LOCAL allow_system_table_mods = on; SET LOCAL scim.maintenance = 'on'; "
                        f"SET LOCAL session_replication_role = replica; {statements.format(o=org)}; "
                        f"SET LOCAL session_replication_role = origin; "
                        f"SELECT promise, sentence FROM scim.check('{org}'); ROLLBACK")
    return [row.split("|", 1) for row in rows.splitlines()]


def test_nothing_is_found_where_nothing_is_wrong(database, org):
    assert found(database, org, "SET LOCAL jit = off") == []
    done = database.scimlet("check", org)
    assert (done.stdout.splitlines(), done.stderr) == (["promise\torg\trelation\tid\tsentence"], "Every promise of the data is kept.\n")


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_broken_is_found(database, org, what):
    statements, promise = BROKEN[what]
    broken = found(database, org, statements)
    assert {name for name, _ in broken} == {promise}, broken
    assert all(sentence.endswith(".") or "ALTER" in sentence or "REINDEX" in sentence for _, sentence in broken)


def test_two_of_a_name_behind_a_broken_index(database, org):
    statements = ("ALTER TABLE scim.users DROP CONSTRAINT users_user_name_key; UPDATE scim.users SET user_name = 'JANE', "
                  "resource = resource || '{{\"userName\": \"JANE\"}}' WHERE org = '{o}' AND user_name = 'joe'" + AUDIT_TOO)
    assert {"users.unique", "schema.complete"} == {name for name, _ in found(database, org, statements)}
    statements = ("DROP INDEX scim.groups_display_name_key; UPDATE scim.groups SET display_name = 'TEAM' WHERE org = '{o}'")
    assert "groups.unique" in {name for name, _ in found(database, org, statements)}


def test_the_command(database, org):
    other = f"check-{uuid.uuid4().hex[:12]}"
    database.sql(SETUP.format(o=other, e=ENTERPRISE))
    database.sql(f"SET session_replication_role = replica; UPDATE scim.users SET title = 'x' WHERE org = '{other}'")
    try:
        done = database.scimlet("-o", "json", "check", other, check=False)
        rows = json.loads(done.stdout)
        assert done.returncode == SOME_FOUND
        assert {(row["promise"], row["org"], row["relation"]) for row in rows} == {("users.columns", other, "users")}
        assert database.scimlet("check", org).returncode == 0
        everybody = database.scimlet("check", check=False)
        assert everybody.returncode == SOME_FOUND and other in everybody.stdout and "2 rows" in everybody.stderr
        done = database.scimlet("check", "nobody-here", check=False)
        assert (done.returncode, done.stdout) == (NOT_FOUND, "")
        assert len(database.sql(f"SELECT FROM scim.check('{other}', 1) WHERE promise = 'users.columns'").splitlines()) <= 1
    finally:
        database.sql(f"SET session_replication_role = replica; UPDATE scim.users SET title = NULL WHERE org = '{other}'")
    assert database.scimlet("check", other).returncode == 0


def test_one_role_mode_sees_what_it_names(database, org):
    """An organization that is named must be enough where row level security is in the way."""
    rows = database.sql(f"BEGIN; SET LOCAL ROLE scim_service; SET LOCAL scim.org = '{org}'; SELECT count(*) FROM scim.check_groups('{org}', 9)")
    assert rows == "0"
