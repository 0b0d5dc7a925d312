"""Plain SQL by a DBA who means no good: each statement is refused with a sentence, or leaves every promise kept."""
import json
import re
import subprocess
import uuid

import pytest

from harness.documents import DOCUMENTS, ENTERPRISE, resource
from harness.hostile import more
from harness.roles import more as more_of_roles

# Of PostgreSQL's own: what names the column, the value or the key is a sentence enough.
PLAIN_WORDS = re.compile(
    r"null value in column \"\w+\"|violates foreign key constraint \"\w+\"|duplicate key value violates unique constraint \"\w+\"|"
    r"can only be updated to DEFAULT|cannot insert a non-DEFAULT value|cannot insert into column \"\w+\"|invalid input (syntax|value) for|Token .* is invalid|"
    r"date/time field value out of range|invalid byte sequence|string is too long|no partition of relation|"
    r"violates check constraint \"(\w+)\"|is out of range|ON CONFLICT DO UPDATE command cannot affect|does not exist|"
    r"unsupported Unicode escape|invalid Unicode (escape|surrogate pair)|cannot be null|integer out of range|missing data for column|of jsonpath input")

# What a role may not do, PostgreSQL says itself; scimlet-sql(7) explains what can be meant.
OF_ROLES = re.compile(PLAIN_WORDS.pattern + r"|permission denied|must be (owner|able|superuser)|must have admin option|row-level security|"
                      r"multiple assignments|bigint out of range|cannot assign to system column|cannot update column \"\w+\"")

JANE = "org = '{o}' AND user_name = 'jane'"
TEAM = "(SELECT id FROM scim.groups WHERE org = '{o}' AND display_name = 'Team')"
JANE_ID = "(SELECT id FROM scim.users WHERE org = '{o}' AND user_name = 'jane')"
THERE = "(SELECT id FROM scim.users WHERE org = '{p}' LIMIT 1)"

STATEMENTS = [statement for document in DOCUMENTS for statement in resource(document)] + [
    # People, by columns.
    "INSERT INTO scim.users (org) VALUES ('{o}')",
    "INSERT INTO scim.users (user_name) VALUES ('h')",
    "INSERT INTO scim.users (org, user_name) VALUES ('nobody-here', 'h')",
    "INSERT INTO scim.users (org, user_name) VALUES ('{o}', NULL)",
    "INSERT INTO scim.users (org, user_name) VALUES ('{o}', '')",
    "INSERT INTO scim.users (org, user_name) VALUES ('{o}', 'JANE')",
    "INSERT INTO scim.users (org, user_name) VALUES ('{o}', U&'\\FF2A\\FF41ne')",
    "INSERT INTO scim.users (org, user_name) VALUES ('{o}', U&'ja\\0000')",
    "INSERT INTO scim.users (org, user_name) VALUES ('{o}', E'ja\\xff')",
    "INSERT INTO scim.users (org, user_name) VALUES ('{o}', repeat('x', 10000000))",
    "INSERT INTO scim.users (org, user_name, title) VALUES ('{o}', 'h', repeat('x', 10000000))",
    "INSERT INTO scim.users (org, user_name, display_name) VALUES ('{o}', 'h', repeat('x', 1025))",
    "INSERT INTO scim.users (org, user_name, external_id) VALUES ('{o}', 'h', repeat('x', 1025))",
    "INSERT INTO scim.users (org, user_name, display_name) VALUES ('{o}', 'h', repeat(U&'\\FDFA', 100))",
    "INSERT INTO scim.users (org, user_name, title, given_name) VALUES ('{o}', 'h', '', '')",
    "INSERT INTO scim.users (org, user_name, active) VALUES ('{o}', 'h', NULL)",
    "INSERT INTO scim.users (org, user_name, active) VALUES ('{o}', 'h', 'maybe')",
    "INSERT INTO scim.users (org, user_name, status) VALUES ('{o}', 'h', 'active')",
    "INSERT INTO scim.users (org, user_name, user_name_key) VALUES ('{o}', 'h', 'admin')",
    "INSERT INTO scim.users (org, user_name, version, created, last_modified) VALUES ('{o}', 'h', -1, 'infinity', '-infinity')",
    "INSERT INTO scim.users (org, user_name, created) VALUES ('{o}', 'h', '2026-02-30')",
    "INSERT INTO scim.users (org, user_name, removed) VALUES ('{o}', 'h', true)",
    "INSERT INTO scim.users (org, user_name, removed, active) VALUES ('{o}', 'h', true, false)",
    "INSERT INTO scim.users (org, user_name, account) VALUES ('{o}', 'h', '')",
    "INSERT INTO scim.users (org, user_name, account) VALUES ('{o}', 'h', 'a-jane')",
    "INSERT INTO scim.users (org, user_name, id) VALUES ('{o}', 'h', 'not-a-uuid')",
    "INSERT INTO scim.users (org, user_name, id) SELECT '{o}', 'h', id FROM scim.users WHERE " + JANE,
    "INSERT INTO scim.users (org, user_name, id) SELECT '{o}', 'h', id FROM scim.users WHERE org = '{p}' LIMIT 1",
    "INSERT INTO scim.users (org, user_name, resource) VALUES ('{o}', 'h', '{{\"userName\": \"other\"}}')",
    "INSERT INTO scim.users (org, title, resource) VALUES ('{o}', 'x', '{{\"userName\": \"h\", \"title\": \"y\"}}')",
    "INSERT INTO scim.users (org, user_name) VALUES ('{o}', 'h'), ('{o}', 'H')",
    "INSERT INTO scim.users (org, user_name, title) VALUES ('{o}', 'Jane', 'x') ON CONFLICT (org, user_name_key) DO UPDATE "
    "SET title = excluded.title, version = excluded.version",
    "INSERT INTO scim.users (org, user_name, title) VALUES ('{o}', 'Jane', 'x') ON CONFLICT (org, user_name_key) DO UPDATE "
    "SET title = excluded.title, user_name = excluded.user_name",
    "INSERT INTO scim.users (org, user_name) VALUES ('{o}', 'jane') ON CONFLICT (org, user_name_key) DO UPDATE SET resource = excluded.resource",
    "INSERT INTO scim.users (org, user_name) VALUES ('{o}', 'jane') ON CONFLICT (org, user_name_key) DO UPDATE SET id = excluded.id",
    "INSERT INTO scim.users SELECT * FROM scim.users WHERE " + JANE,
    "UPDATE scim.users SET id = gen_random_uuid() WHERE " + JANE,
    "UPDATE scim.users SET org = '{p}' WHERE " + JANE,
    "UPDATE scim.users SET created = '2001-01-01' WHERE " + JANE,
    "UPDATE scim.users SET version = 1 WHERE " + JANE,
    "UPDATE scim.users SET version = version + 1 WHERE " + JANE,
    "UPDATE scim.users SET last_modified = 'infinity' WHERE " + JANE,
    "UPDATE scim.users SET title = 'x', last_modified = '2001-01-01' WHERE " + JANE,
    "UPDATE scim.users SET user_name_key = 'x' WHERE " + JANE,
    "UPDATE scim.users SET status = 'removed' WHERE " + JANE,
    "UPDATE scim.users SET removed = true WHERE " + JANE,
    "UPDATE scim.users SET removed = true, active = false, account = NULL WHERE " + JANE,
    "UPDATE scim.users SET active = NULL WHERE " + JANE,
    "UPDATE scim.users SET resource = NULL WHERE " + JANE,
    "UPDATE scim.users SET resource = '{{}}' WHERE " + JANE,
    "UPDATE scim.users SET resource = resource - 'userName' WHERE " + JANE,
    "UPDATE scim.users SET resource = resource || '{{\"id\": \"00000000-0000-4000-8000-000000000000\"}}' WHERE " + JANE,
    "UPDATE scim.users SET title = 'x', resource = resource || '{{\"title\": \"y\"}}' WHERE " + JANE,
    "UPDATE scim.users SET title = 'x', resource = resource || '{{\"title\": \"x\"}}' WHERE " + JANE,
    "UPDATE scim.users SET user_name = 'joe' WHERE " + JANE,
    "UPDATE scim.users SET user_name = NULL WHERE " + JANE,
    "UPDATE scim.users SET user_name = E'x\\ty' WHERE " + JANE,
    "UPDATE scim.users SET title = '', display_name = '', department = '' WHERE " + JANE,
    "UPDATE scim.users SET manager_id = id::text WHERE " + JANE,
    "UPDATE scim.users SET linked = 'infinity', last_login = '-infinity' WHERE " + JANE,
    "UPDATE scim.users SET user_name = 'same' WHERE org = '{o}'",
    "UPDATE scim.users AS u SET title = v.title FROM (VALUES ('jane', 'a'), ('jane', 'b')) AS v (name, title) "
    "WHERE u.org = '{o}' AND u.user_name = v.name",
    "UPDATE scim.users AS u SET resource = other.resource FROM scim.users AS other WHERE u.org = '{o}' AND u.user_name = 'jane' "
    "AND other.org = '{o}' AND other.user_name = 'joe'",
    "WITH gone AS (DELETE FROM scim.users WHERE org = '{o}' AND user_name = 'jane' RETURNING *) "
    "INSERT INTO scim.users (org, id, resource) SELECT org, id, resource FROM gone",
    "DELETE FROM scim.users WHERE " + JANE,
    "COPY scim.users (org, user_name, active) FROM stdin;\n{o}\tc1\tt\n{o}\tC1\tf\n\\.\n",
    "COPY scim.users (org, resource) FROM stdin;\n{o}\t{{\"userName\": \"c\", \"emails\": \"x\"}}\n\\.\n",
    "COPY scim.users (org, user_name) FROM stdin;\n{o}\tc1\n{o}\tc2\n\\.\n",
    # Groups.
    "INSERT INTO scim.groups (org) VALUES ('{o}')",
    "INSERT INTO scim.groups (org, display_name) VALUES ('{o}', '')",
    "INSERT INTO scim.groups (org, display_name) VALUES ('{o}', U&'\\00A0')",
    "INSERT INTO scim.groups (org, display_name) VALUES ('{o}', 'TEAM')",
    "INSERT INTO scim.groups (org, display_name) VALUES ('{o}', U&'\\FF34eam')",
    "INSERT INTO scim.groups (org, display_name) VALUES ('{o}', repeat('x', 1025))",
    "INSERT INTO scim.groups (org, display_name) VALUES ('{o}', repeat('x', 10000000))",
    "INSERT INTO scim.groups (org, display_name, external_id) VALUES ('{o}', 'g', repeat('x', 1025))",
    "INSERT INTO scim.groups (org, display_name, external_id) VALUES ('{o}', 'g', '')",
    "INSERT INTO scim.groups (org, display_name, member_count, version, created, hidden) VALUES ('{o}', 'g', 9, 9, '2001-01-01', true)",
    "INSERT INTO scim.groups (org, display_name, unique_name) VALUES ('{o}', 'Team', false)",
    "INSERT INTO scim.groups (org, display_name, display_name_key) VALUES ('{o}', 'g', 'x')",
    "INSERT INTO scim.groups (org, display_name) VALUES ('nobody-here', 'g')",
    "UPDATE scim.groups SET id = gen_random_uuid() WHERE org = '{o}'",
    "UPDATE scim.groups SET org = '{p}' WHERE org = '{o}'",
    "UPDATE scim.groups SET created = now() WHERE org = '{o}'",
    "UPDATE scim.groups SET version = 1 WHERE org = '{o}'",
    "UPDATE scim.groups SET display_name = 'New', version = 99 WHERE org = '{o}' AND display_name = 'Team'",
    "UPDATE scim.groups SET last_modified = '2001-01-01' WHERE org = '{o}'",
    "UPDATE scim.groups SET member_count = 0 WHERE org = '{o}'",
    "UPDATE scim.groups SET hidden = NOT hidden WHERE org = '{o}'",
    "UPDATE scim.groups SET display_name = NULL WHERE org = '{o}'",
    "UPDATE scim.groups SET display_name = 'Same' WHERE org = '{o}'",
    "UPDATE scim.groups SET display_name = 'OTHER' WHERE org = '{o}' AND display_name = 'Team'",
    "DELETE FROM scim.groups WHERE org = '{o}' AND display_name = 'Team'",
    # Memberships.
    f"INSERT INTO scim.group_members (org, group_id, member_id) VALUES ('{{o}}', {TEAM}, gen_random_uuid())",
    f"INSERT INTO scim.group_members (org, group_id, member_id) VALUES ('{{o}}', {TEAM}, {THERE})",
    f"INSERT INTO scim.group_members (org, group_id, member_id) VALUES ('{{p}}', {TEAM}, {JANE_ID})",
    f"INSERT INTO scim.group_members (org, group_id, member_id) VALUES ('{{o}}', {TEAM}, {TEAM})",
    f"INSERT INTO scim.group_members (org, group_id, member_id, member_type) VALUES ('{{o}}', {TEAM}, {TEAM}, 'Group')",
    f"INSERT INTO scim.group_members (org, group_id, member_id, member_type) VALUES ('{{o}}', {TEAM}, {JANE_ID}, 'Group')",
    f"INSERT INTO scim.group_members (org, group_id, member_id, member_type) VALUES ('{{o}}', {TEAM}, {JANE_ID}, 'user')",
    f"INSERT INTO scim.group_members (org, group_id, member_id) VALUES ('{{o}}', {TEAM}, {JANE_ID})",
    f"INSERT INTO scim.group_members (org, group_id, member_id) VALUES ('{{o}}', gen_random_uuid(), {JANE_ID})",
    "INSERT INTO scim.group_members (org, group_id, member_id, member_type) SELECT org, id, (SELECT id FROM scim.groups WHERE "
    "org = '{o}' AND display_name = 'Other'), 'Group' FROM scim.groups WHERE org = '{o}' AND display_name = 'Team'",
    "INSERT INTO scim.group_members (org, group_id, member_id) SELECT '{o}', g.id, u.id FROM scim.groups AS g, scim.users AS u "
    "WHERE g.org = '{o}' AND u.org = '{o}' ON CONFLICT DO NOTHING",
    "INSERT INTO scim.group_members (org, group_id, member_id) SELECT '{o}', g.id, u.id FROM scim.groups AS g, scim.users AS u "
    "WHERE g.org = '{o}' AND g.display_name = 'Other' AND u.org = '{o}' AND u.user_name = 'removed'",
    "UPDATE scim.group_members SET member_id = gen_random_uuid() WHERE org = '{o}'",
    "UPDATE scim.group_members SET org = '{p}' WHERE org = '{o}'",
    f"UPDATE scim.group_members SET group_id = {TEAM} WHERE org = '{{o}}'",
    "UPDATE scim.group_members SET user_id = NULL WHERE org = '{o}'",
    "DELETE FROM scim.group_members WHERE org = '{o}'",
    # What follows from other rows, and what happened.
    "INSERT INTO scim.user_emails (org, user_id, ordinal, value) SELECT org, id, 9, 'x' FROM scim.users WHERE org = '{o}'",
    "UPDATE scim.user_emails SET value = 'x' WHERE org = '{o}'",
    "DELETE FROM scim.user_emails",
    "UPDATE scim.resource_counts SET number = 7 WHERE org = '{o}'",
    "DELETE FROM scim.resource_counts",
    "INSERT INTO scim.resource_counts VALUES ('{o}', 'User', 99, 1, 1)",
    "DELETE FROM scim.indexed_values",
    "INSERT INTO scim.indexed_values SELECT org, id, 'nickName', 'x' FROM scim.users WHERE org = '{o}'",
    "UPDATE scim.indexed_values SET value_key = 'x'",
    "UPDATE scim.audit_events SET actor = 'x' WHERE org = '{o}'",
    "DELETE FROM scim.audit_events WHERE org = '{o}'",
    "INSERT INTO scim.audit_events (org, action, resource_type, resource_id, after) VALUES ('{o}', 'created', 'User', gen_random_uuid(), '{{}}')",
    "DO $$ BEGIN EXECUTE 'DELETE FROM scim.audit_events_' || to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM'); END $$",
    "UPDATE scim.request_log SET subject = 'x'",
    "DELETE FROM scim.request_log",
    "DELETE FROM scim.cursor_keys WHERE org = '{o}'",
    "DELETE FROM scim.organization_settings WHERE org = '{o}'",
    "UPDATE scim.organization_settings SET org = '{p}' WHERE org = '{o}'",
    "UPDATE scim.organization_settings SET required_attributes = '{{naem.givenName}}' WHERE org = '{o}'",
    "UPDATE scim.organization_settings SET required_attributes = '{{name.givenName,emails,manager}}' WHERE org = '{o}'",
    "UPDATE scim.organization_settings SET keep_log = -1 WHERE org = '{o}'",
    "UPDATE scim.organization_settings SET on_delete = 'perhaps' WHERE org = '{o}'",
    "UPDATE scim.organization_settings SET allowed_domains = '{{@X.com}}' WHERE org = '{o}'",
    "UPDATE scim.organization_settings SET provisioning = NULL WHERE org = '{o}'",
    "UPDATE scim.organization_settings SET groups_to_sync = '{{Other}}' WHERE org = '{o}'",
    "UPDATE scim.organizations SET org = 'another-key' WHERE org = '{o}'",
    "DELETE FROM scim.organizations WHERE org = '{o}'",
    "INSERT INTO scim.organizations (org) VALUES ('Not A Key')",
    "UPDATE scim.tokens SET org = '{p}' WHERE org = '{o}'",
    "UPDATE scim.tokens SET digest = sha256('x') WHERE org = '{o}'",
    "UPDATE scim.tokens SET expires = NULL WHERE org = '{o}'",
    "UPDATE scim.tokens SET scopes = '{{everything}}' WHERE org = '{o}'",
    "INSERT INTO scim.tokens (org, digest, last_four, expires) VALUES ('{o}', 'x', 'abcd', now())",
    "UPDATE scim.deleted_users SET user_name = 'x' WHERE org = '{o}'",
    "UPDATE scim.deleted_users SET id = gen_random_uuid() WHERE org = '{o}'",
    "UPDATE scim.deleted_users SET purge_after = now() WHERE org = '{o}'",
    "INSERT INTO scim.deleted_users (org, id, user_name, resource, version, created, purge_after) "
    "VALUES ('{o}', gen_random_uuid(), 'x', '{{\"userName\": \"y\"}}', 1, now(), now())",
    "INSERT INTO scim.deleted_users (org, id, user_name, resource, version, created, purge_after) "
    "VALUES ('{o}', gen_random_uuid(), 'x', '{{\"userName\": \"x\", \"emails\": 7}}', 1, now(), now())",
    "INSERT INTO scim.group_mappings (org, id, pattern) VALUES ('{o}', 1, '*')",
    "INSERT INTO scim.group_mappings (org, id, pattern, team) VALUES ('{o}', 1, ' ', 'x')",
    "INSERT INTO scim.milestones (org, step) VALUES ('{o}', 'nonsense')",
    *(f"TRUNCATE scim.{table} CASCADE" for table in ("organizations", "organization_settings", "tokens", "users", "user_emails", "groups",
                                                     "group_members", "deleted_users", "indexed_values", "resource_counts",
                                                     "cursor_keys", "request_log", "audit_events")),
    "TRUNCATE scim.audit_events_other",
]


@pytest.fixture(scope="module")
def orgs(database):
    """Two organizations; what is tried is rolled back, so that all statements find the same."""
    keys = [f"hostile-{uuid.uuid4().hex[:8]}" for _ in range(2)]
    for key in keys:
        database.sql(f"""
            INSERT INTO scim.organizations (org) VALUES ('{key}');
            INSERT INTO scim.indexed_attributes (org, attribute, path, ready) VALUES ('{key}', 'nickName', '$.nickName', true);
            INSERT INTO scim.users (org, resource) VALUES
                ('{key}', '{{"userName": "jane", "nickName": "J", "emails": [{{"value": "jane@x"}}]}}'), ('{key}', '{{"userName": "joe"}}'),
                ('{key}', '{{"userName": "jok"}}'), ('{key}', '{{"userName": "removed", "active": false}}');
            UPDATE scim.users SET account = 'a-jane' WHERE org = '{key}' AND user_name = 'jane';
            UPDATE scim.users SET removed = true WHERE org = '{key}' AND user_name = 'removed';
            INSERT INTO scim.groups (org, display_name) VALUES ('{key}', 'Team'), ('{key}', 'Other');
            INSERT INTO scim.group_members (org, group_id, member_id) SELECT '{key}', g.id, u.id FROM scim.groups AS g, scim.users AS u
             WHERE g.org = '{key}' AND u.org = '{key}' AND g.display_name = 'Team' AND NOT removed;
            INSERT INTO scim.group_members (org, group_id, member_id, member_type) SELECT '{key}', o.id, t.id, 'Group' FROM scim.groups AS o,
                scim.groups AS t WHERE o.org = '{key}' AND t.org = '{key}' AND o.display_name = 'Other' AND t.display_name = 'Team';
            INSERT INTO scim.tokens (org, digest, last_four, expires) VALUES ('{key}', sha256('{key}'), 'abcd', now() + interval '1 year');
            INSERT INTO scim.request_log (org, request_id, action, result, status) VALUES ('{key}', 'r', 'call', 'done', 200);
            INSERT INTO scim.deleted_users (org, id, user_name, resource, version, created, purge_after)
            VALUES ('{key}', gen_random_uuid(), 'gone', '{{}}', 1, now(), now() + interval '9 days')""")
    return keys


def fill(statement, orgs):
    if "\0" in statement:
        return statement.replace("\0", orgs[0])
    return statement.format(o=orgs[0], p=orgs[1])


def attempts(database, orgs, statements):
    """One session for all of them: of each what it was refused with, or None and the promises that it broke."""
    script = "".join(f"\\echo next\nBEGIN; {fill(statement, orgs)};\nSELECT 'broken ' || promise || ': ' || sentence FROM scim.check('{org}');"
                     f"\nROLLBACK;\n" for statement in statements for org in (orgs if "{p}" in statement else orgs[:1]))
    done = subprocess.run(["psql", "-XAtq", "--set", "VERBOSITY=terse"], input=script, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, env=database.environment(), check=True)
    answers = iter(done.stdout.split("next\n")[1:])
    for statement in statements:
        said = "".join(next(answers) for _ in (orgs if "{p}" in statement else orgs[:1]))
        refusal = re.search(r"ERROR:  (.*)", said)
        yield statement, refusal and refusal[1], re.findall(r"^broken .*", said, re.MULTILINE)


def attempt(database, orgs, statement):
    return next(attempts(database, orgs, [statement]))[1]


def test_there_are_more_than_five_hundred():
    every = STATEMENTS + list(more(150000))
    assert len(every) == len(set(every)) > 500


@pytest.mark.parametrize("part", range(4))
def test_refused_with_a_sentence_or_harmless(database, orgs, part):
    bad = []
    every = STATEMENTS + list(more(int(database.sql("SHOW server_version_num"))))
    for statement, refusal, found in attempts(database, orgs, every[part::4]):
        if refusal is not None and not (PLAIN_WORDS.search(refusal) or re.fullmatch(r"[A-Z`a-z].* .* .*[.]", refusal)):
            bad.append((statement[:200], refusal))
        bad += [(statement[:200], broken) for broken in found]
    assert bad == []


def test_what_each_role_tries(database, orgs):
    every = list(more_of_roles())
    assert len(every) == len(set(every)) > 200
    bad = []
    for statement, refusal, found in attempts(database, orgs, every):
        if refusal is not None and not (OF_ROLES.search(refusal) or re.fullmatch(r"[A-Z`a-z\"].* .* .*[.]", refusal)):
            bad.append((statement[:200], refusal))
        bad += [(statement[:200], broken) for broken in found]
    assert bad == []


# By these no promise is broken, but nothing may come of them.
@pytest.mark.parametrize("statement", [
    "SET LOCAL ROLE scim_service; SET LOCAL scim.org = '{o}'; UPDATE scim.organization_settings SET provisioning = false",
    "SET LOCAL ROLE scim_service; SET LOCAL scim.org = '{o}'; SELECT * FROM scim.undo('{p}', now(), dry_run => true)",
    "SET LOCAL ROLE scim_reader; SELECT digest FROM scim.tokens",
    "SET LOCAL ROLE scim_auditor; SELECT value FROM scim.user_emails",
    "SELECT * FROM scim.undo('nobody-here', now())",
    "SELECT * FROM scim.undo('{o}', NULL)",
    "SELECT * FROM scim.why('nobody-here', 'jane')",
    "UPDATE scim.organizations SET audit_from = 'infinity' WHERE org = '{o}'",
    "UPDATE scim.organizations SET name = E'a\nb' WHERE org = '{o}'",
    "UPDATE scim.tokens SET label = E'a\nb' WHERE org = '{o}'",
    "UPDATE scim.users SET last_login = 'infinity' WHERE org = '{o}'",
    "UPDATE scim.organization_settings SET allowed_domains = '{{\"\"}}' WHERE org = '{o}'",
    "UPDATE scim.organization_settings SET allowed_domains = '{{a b}}' WHERE org = '{o}'",
    "UPDATE scim.organization_settings SET sso_sign_on_url = 'javascript:x' WHERE org = '{o}'",
])
def test_refused(database, orgs, statement):
    assert attempt(database, orgs, statement) is not None


@pytest.mark.parametrize("statement, words", [
    (resource('{"userName": "h", "nickname": "x"}')[0], "there is no attribute nickname"),
    (resource('{"userName": "h", "emails": [{"value": "a", "primary": "true"}]}')[0], "emails[0].primary must be a JSON boolean"),
    (resource(f'{{"userName": "h", "{ENTERPRISE}": {{"manager": "x"}}}}')[0], "User:manager must be a JSON object"),
    ("INSERT INTO scim.users (org, user_name, title) VALUES ('{o}', 'h', repeat('x', 70000))", "title has 70000 bytes; at most 65536"),
    ("INSERT INTO scim.groups (org, display_name) VALUES ('{o}', ' ')", "must not be empty or blank"),
    ("TRUNCATE scim.users CASCADE", "DELETE ... WHERE org"),
    ("DELETE FROM scim.audit_events", "scimlet prune"),
    ("UPDATE scim.tokens SET digest = sha256('x') WHERE org = '{o}'", "scimlet token replace"),
    ("UPDATE scim.tokens SET id = gen_random_uuid() WHERE org = '{o}'", "scimlet token replace"),
    ("UPDATE scim.tokens SET expires = 'infinity' WHERE org = '{o}'", "expires is a time"),
    ("UPDATE scim.emails SET value = 'x' WHERE org = '{o}'", "write them with the person"),
    ("UPDATE scim.settings SET value = 'x' WHERE org = '{o}'", "UPDATE scim.organization_settings"),
    ("DELETE FROM scim.log WHERE org = '{o}'", "scimlet erase"),
    ("UPDATE scim.organization_settings SET allowed_domains = '{{{{a.com}}}}' WHERE org = '{o}'", "plain lists"),
    ("UPDATE scim.indexed_attributes SET path = '$.title' WHERE org = '{o}'", "scimlet index add"),
    ("DELETE FROM scim.schema_version", "scimlet migrate"),
    ("UPDATE scim.organization_settings SET required_attributes = '{{naem}}' WHERE org = '{o}'", "naem"),
    ("UPDATE scim.organization_settings SET revive = 'always' WHERE org = '{o}'", "revive is external_id, user_name or never."),
    ("UPDATE scim.organization_settings SET guard_percent = 200 WHERE org = '{o}'", "guard_percent is from 0 to 100."),
    ("UPDATE scim.organization_settings SET keep_log = 0 WHERE org = '{o}'", "keep_log is a number of days from 1 to 3650."),
    ("UPDATE scim.organization_settings SET allowed_domains = '{{Acme.com}}' WHERE org = '{o}'", "domains in lower case"),
    ("INSERT INTO scim.organizations (org) VALUES ('ACME')", "2 to 63 of a-z, 0-9 and -"),
    ("INSERT INTO scim.tokens (org, digest, last_four, expires) VALUES ('{o}', 'x', 'abcd', now() + interval '1 day')", "scim.create_token"),
    ("UPDATE scim.tokens SET scopes = '{{admin}}' WHERE org = '{o}'", "users, groups, read and login"),
    ("INSERT INTO scim.group_mappings (org, pattern) VALUES ('{o}', '*')", "A mapping gives a team, a role or both"),
    (f"INSERT INTO scim.group_members (org, group_id, member_id, member_type) VALUES ('{{o}}', {TEAM}, {JANE_ID}, 'Person')",
     "member_type is User or Group"),
    ("UPDATE scim.users SET account = '' WHERE org = '{o}'", "account is not empty"),
    ("INSERT INTO scim.users (org, user_name, removed) VALUES ('{o}', 'h', true)", "removed follows active"),
    ("INSERT INTO scim.import_staging (org, resource_type, resource) VALUES ('{o}', 'Robot', '{{}}')", "resource_type is User or Group"),
    ("INSERT INTO scim.users (org, resource) VALUES ('{o}', ('{{\"userName\": \"h\", \"name\": ' || repeat('[', 900) || repeat(']', 900) || '}}')::jsonb)",
     "nested deeper"),
])
def test_the_sentence_says_what_is_wrong(database, orgs, statement, words):
    assert words in attempt(database, orgs, statement)


def test_a_slip_of_the_pen_is_understood(database, orgs):
    for wrong, meant in (("username", "userName"), ("nickname", "nickName"), ("email", "emails"), ("phoneNumber", "phoneNumbers")):
        with pytest.raises(AssertionError, match=f"Did you mean {meant}"):
            database.sql(fill(resource(f'{{"userName": "h", "{wrong}": "x"}}')[0], orgs))
    with pytest.raises(AssertionError, match="Did you mean givenName"):
        database.sql(fill(resource('{"userName": "h", "name": {"givnName": "x"}}')[0], orgs))
    with pytest.raises(AssertionError, match=f"only extension that is known is {ENTERPRISE}"):
        database.sql(fill(resource('{"userName": "h", "urn:example:x": {}, "urn:example:y": {"a": "b"}}')[0], orgs))


def test_the_quick_check_agrees_with_the_slow_one(database, orgs):
    """Nothing that the slow one refuses is plain to the quick one, and plain people are."""
    documents = [document for document in DOCUMENTS if document.startswith("{")]
    values = ", ".join("('" + document.replace("'", "''") + "'::jsonb)" for document in documents)
    assert database.sql(f"SELECT document FROM (VALUES {values}) AS tried (document) WHERE scim.user_is_plain(document) "
                        "AND ((scim.user_fault(document)).sentence IS NOT NULL "
                        "OR scim.without_unassigned(scim.without_read_only(document)) <> document)") == ""
    plain = ('{"userName": "jane@example.com", "active": true, "name": {"givenName": "J"}, "emails": [{"value": "a@b", "primary": true},'
             ' {"value": "c@d"}], "%s": {"department": "D", "manager": {"value": "x"}}}' % ENTERPRISE)
    assert database.sql(f"SELECT scim.user_is_plain('{plain}')") == "t"


def test_the_table_of_attributes_is_the_one_of_the_program(database):
    """As many as /Schemas tells, and what is stored is what a client can write."""
    assert database.sql("SELECT count(*) FROM scim.schema_attributes WHERE resource_type = 'User' AND sub_attribute IS NULL") == "31"
    assert database.sql("SELECT path FROM scim.schema_attributes WHERE resource_type = 'User' AND NOT stored AND sub_attribute IS NULL "
                        "ORDER BY path") == "groups\nid\nmeta\npassword\nschemas"
    assert json.loads(database.sql("SELECT to_jsonb(canonical_values) FROM scim.schema_attributes WHERE resource_type = 'User' "
                                   "AND path = 'emails.type'")) == ["work", "home", "other"]
