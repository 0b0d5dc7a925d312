"""scimlet-sql(7): every query of the page, pasted as it stands, under the role that it names."""
import re
import subprocess

import pytest

from harness.postgres import Database
from harness.settings import CHECKOUT

PAGE = CHECKOUT / "sql" / "scimlet-sql.7"
DISPLAY = re.compile(r"^\.Bd -literal.*?\n(.*?)^\.Ed", re.M | re.S)
ROLES = {"scim_owner", "scim_reader", "scim_auditor", "scim_service"}

# What the page speaks of: people, groups in groups, teams, refusals, tokens; most of it two days old.
PREPARED = """
INSERT INTO scim.users (org, resource) VALUES
    ('acme', '{"userName": "jane@acme.com", "displayName": "Jane Doe", "preferredLanguage": "en",
        "emails": [{"value": "jane@acme.com", "type": "work", "primary": true}],
        "phoneNumbers": [{"value": "+41 1", "type": "mobile"}], "addresses": [{"locality": "Bern", "country": "CH"}]}'),
    ('acme', '{"userName": "joe@acme.com", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":
        {"department": "Sales", "manager": {"value": "nobody"}}}');
INSERT INTO scim.groups (org, display_name) SELECT 'acme', unnest('{Engineering,Backend,Sales}'::text[]);
INSERT INTO scim.group_members (org, group_id, member_id, member_type)
SELECT 'acme', team.id, member.id, type
  FROM (VALUES ('Engineering', 'Backend', 'Group'), ('Backend', 'jane@acme.com', 'User'), ('Engineering', 'joe@acme.com', 'User'))
       AS rows (team, member, type)
  JOIN scim.groups AS team ON team.org = 'acme' AND team.display_name = rows.team
  JOIN (SELECT id, user_name AS name FROM scim.users WHERE org = 'acme'
        UNION ALL SELECT id, display_name FROM scim.groups WHERE org = 'acme') AS member ON member.name = rows.member;
INSERT INTO scim.group_mappings (org, id, pattern, team) VALUES ('acme', 1, 'Eng*', 'engineering');
UPDATE scim.organization_settings SET seat_limit = 10 WHERE org = 'acme';
SET scim.maintenance = 'on';
UPDATE scim.audit_events SET at = at - interval '2 days' WHERE org = 'acme';
SET session_replication_role = replica;     -- no trigger keeps created as it is
UPDATE scim.users  SET created = created - interval '2 days' WHERE org = 'acme';
UPDATE scim.groups SET created = created - interval '2 days' WHERE org = 'acme';
RESET session_replication_role;
INSERT INTO scim.users (org, user_name) VALUES ('acme', 'lou@acme.com'), ('acme', 'away@acme.com');
UPDATE scim.users SET active = false WHERE org = 'acme' AND user_name = 'away@acme.com';
UPDATE scim.users AS person SET title = 'Engineer', manager_id = manager.id::text FROM scim.users AS manager
 WHERE person.org = 'acme' AND person.user_name = 'jane@acme.com' AND manager.org = 'acme' AND manager.user_name = 'lou@acme.com';
INSERT INTO scim.deleted_users (org, id, user_name, resource, version, created, purge_after)
VALUES ('acme', gen_random_uuid(), 'gone@acme.com', '{}', 1, now(), now() + interval '30 days');
INSERT INTO scim.request_log (org, at, request_id, token_id, action, subject, subject_key, result, status, reason, sentence, duration_ms)
SELECT 'acme', date_trunc('day', now()), 'r' || n, gen_random_uuid(), 'create', 'Zoe', 'zoe', 'refused', 400, 'attr.required', 'So.', n
  FROM generate_series(1, 3) AS n;
INSERT INTO scim.request_log (org, request_id, action, subject, result, status, duration_ms) VALUES ('acme', 'r', 'create', 'Jane', 'done', 201, 1);
INSERT INTO scim.lookups (org, subject_key, day, attribute) VALUES ('acme', 'zoe', current_date, 'userName');
INSERT INTO scim.refused_callers (org, hour, address, reason) VALUES ('acme', date_trunc('hour', now()), '192.0.2.1', 'auth.unknown');
INSERT INTO scim.tokens (org, label, digest, last_four, expires) VALUES ('acme', 'old', sha256('old'), 'abcd', now() + interval '3 days');
"""


def displays():
    """Each with the heading that it stands under and its number there, so that a failure is found in the page."""
    page, found = PAGE.read_text(), []
    for match in DISPLAY.finditer(page):
        heading = re.findall(r"^\.S[hs] (.*)", page[:match.start()], re.M)[-1]
        line = page[:match.start()].count("\n") + 2
        found.append(pytest.param(match[1].replace("\\e", "\\"), id=f"{heading.lower().replace(' ', '-')}:{line}"))
    return found


@pytest.fixture(scope="module")
def prepared():
    """A cluster of its own: the page speaks of acme, as other tests do, and counts everybody."""
    database = Database()
    database.start()
    database.organization("acme", name="okta")
    database.sql(PREPARED)
    yield database
    database.stop()


def psql(database, script):
    return subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1"], input=script, text=True, capture_output=True,
                          env=database.environment(), check=False)


@pytest.mark.parametrize("display", displays())
def test_a_query_of_the_page(prepared, display):
    first, last = display.splitlines()[0], display.splitlines()[-1]
    role = re.fullmatch(r"-- as (\w+)", first)
    assert role and role[1] in ROLES, f"a display begins with the role that it is for: {first}"
    done = psql(prepared, f"BEGIN;\nSET LOCAL ROLE {role[1]};\n{display}\nROLLBACK;\n")
    assert done.returncode == 0 and done.stderr == "", done.stderr
    assert bool(done.stdout.strip()) == (not last.startswith("-- no row: ")), done.stdout


def test_the_page_is_read_at_all():
    assert len(displays()) > 40
    assert {re.match(r"-- as (\w+)", each.values[0])[1] for each in displays()} == {"scim_owner", "scim_reader", "scim_auditor"}


def test_every_view_is_on_the_page(prepared):
    page = PAGE.read_text()
    for view in prepared.sql("SELECT viewname FROM pg_views WHERE schemaname = 'scim'").split():
        assert re.search(rf"^\.(It )?Em {view}$", page, re.M), view
        assert view in {"addresses", "emails"} or f"scim.{view}" in page, f"{view}: no query"


def test_roles_of_the_page_are_those_of_the_schema(prepared):
    named = set(re.findall(r"^\.It Em (scim_\w+)$", PAGE.read_text(), re.M))
    assert named == set(prepared.sql(r"SELECT rolname FROM pg_roles WHERE rolname ~ '^scim_(owner|service|reader|auditor)$'").split())
