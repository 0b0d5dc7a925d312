"""`scimlet org delete` and `scimlet group show`, which call the functions of the database."""
import json
import uuid

import pytest

DONE, USAGE, NOT_FOUND, REFUSED = 0, 2, 3, 4


@pytest.fixture
def org(database):
    key = f"gone-{uuid.uuid4().hex[:12]}"
    database.organization(key)
    database.sql(f"""SELECT scim.upsert_person('{key}', '{{"userName": "jane"}}'), scim.upsert_person('{key}', '{{"userName": "bob"}}');
        SELECT scim.upsert_group('{key}', 'Team'), scim.upsert_group('{key}', 'Sub');
        SELECT scim.add_members('{key}', 'Sub', '{{bob}}'),
               scim.add_members('{key}', 'Team', ARRAY['jane', (SELECT id::text FROM scim.groups WHERE org = '{key}' AND display_name = 'Sub')])""")
    return key


def there(database, org):
    return database.sql(f"SELECT count(*) FROM scim.organizations WHERE org = '{org}'") == "1"


def test_without_a_terminal_it_needs_yes(database, org):
    done = database.scimlet("org", "delete", org, check=False)
    assert (done.returncode, there(database, org)) == (USAGE, True)
    assert f"{org} will be deleted. People: 2, groups: 2, tokens that work: 1;" in done.stderr and "--yes" in done.stderr


def test_all_of_it_goes(database, org):
    done = database.scimlet("org", "delete", org, "--yes")
    assert (done.stdout, there(database, org)) == ("", False)
    assert f"{org} is deleted. People: 2, groups: 2." in done.stderr
    assert database.sql(f"SELECT action, resource_type FROM scim.audit_events WHERE org = '{org}'") == "deleted|Organization"
    assert database.scimlet("org", "delete", org, "--yes", check=False).returncode == NOT_FOUND
    assert database.scimlet("org", "create", org).returncode == DONE


def test_show_a_group(database, org):
    shown = json.loads(database.scimlet("-o", "json", "group", "show", org, "TEAM").stdout)
    assert (shown["display_name"], shown["members"], shown["people"], shown["hidden"]) == ("Team", 2, 2, False)
    people = json.loads(database.scimlet("-o", "json", "group", "show", org, shown["id"], "--members").stdout)
    assert [(row["user_name"], row["type"], row["via"]) for row in people] == [("bob", "indirect", ["Sub"]), ("jane", "direct", ["Team"])]
    done = database.scimlet("group", "show", org, "Nothing", check=False)
    assert (done.returncode, done.stdout) == (NOT_FOUND, "") and "Nothing" in done.stderr


def test_what_a_token_cannot_be(database, org):
    for wrong, sentence in ((["--scopes", "users,all"], 'There is no scope "all". Scopes are users, groups, read, login.'),
                            (["--expires", "6y"], "within five years"), (["--name", "two\nlines"], "no control characters")):
        done = database.scimlet("token", "create", org, *wrong, check=False)
        assert (done.returncode, done.stdout) == (USAGE, "") and sentence in done.stderr, wrong
