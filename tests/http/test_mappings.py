"""Groups as teams and roles: what the application reads follows every way that a group changes, and
`scimlet group ...` shows who would gain and lose what before it is saved."""
import json

import pytest

from harness.client import GROUP
from harness.groups import add, create_group, member, patch, read, remove

# What is about the database is the same behind every front.
pytestmark = pytest.mark.parametrize("front", ["lighttpd"], indirect=True, scope="session")
DONE, USAGE, NOT_FOUND, PENDING = 0, 2, 3, 10


@pytest.fixture
def client(organization):
    return organization()


@pytest.fixture
def group(client, database):
    """Runs `scimlet group ...` for the client's organization: exit status, rows of -o json, talk."""
    def run(command, *arguments):
        done = database.scimlet("-o", "json", "group", command, client.org, *arguments, check=False)
        return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr

    return run


def teams(database, client):
    """{(userName, team): role} as the application reads it."""
    rows = database.sql(f"""SELECT user_name, coalesce(team, '*'), coalesce(role, '-') FROM scim.team_members
        WHERE org = '{client.org}'""").splitlines()
    got = {}
    for row in rows:
        name, team, role = row.split("|")
        assert (name, team) not in got, "one row per person and team"
        got[name, team] = role
    per_person = database.sql(f"""SELECT user_name, coalesce(team, '*'), coalesce(role, '-')
        FROM scim.users, scim.teams_of(org, id) WHERE org = '{client.org}'""").splitlines()
    assert sorted(per_person) == sorted(rows), "read from the person it is the same"
    return got


def test_direct_and_nested_members(client, database, group):
    ann, bob, cid = (client.create(name) for name in ("ann", "bob", "cid"))
    inner = create_group(client, "Inner", bob)
    outer = create_group(client, "App Sales", ann, inner)
    patch(client, inner, add(outer))    # a cycle
    assert group("map", "app *", "--team", "sales", "--role", "seller")[0] == DONE
    assert teams(database, client) == {("ann", "sales"): "seller", ("bob", "sales"): "seller"}
    patch(client, inner, add(cid))
    patch(client, outer, remove(ann))
    # bob and cid by the group that is in it.
    assert teams(database, client) == {("bob", "sales"): "seller", ("cid", "sales"): "seller"}
    client.delete(f"/Groups/{inner['id']}")
    assert teams(database, client) == {}


@pytest.mark.parametrize("way", ["PATCH", "PUT", "POST", "DELETE", "Bulk"])
def test_every_way_to_change_a_group(client, database, group, way):
    ann, bob = client.create("ann"), client.create("bob")
    staff = create_group(client, "Staff", ann)
    group("map", "Staff*", "--team", "t")
    path, body = f"/Groups/{staff['id']}", {"schemas": [GROUP], "displayName": "Staff", "members": [member(bob)]}
    expected = {"bob"}
    if way == "PATCH":
        patch(client, staff, remove(ann), add(bob))
    elif way == "PUT":
        client.put(path, body)
    elif way == "POST":
        client.post("/Groups", {**body, "displayName": "Staff 2"})
        expected = {"ann", "bob"}
    elif way == "DELETE":
        client.delete(path)
        expected = set()
    else:
        client.post("/Bulk", {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
                              "Operations": [{"method": "PUT", "path": path, "data": body}]})
    assert teams(database, client) == {(name, "t"): "-" for name in expected}


def test_who_is_suspended_or_hidden_is_in_no_team(client, database, group):
    ann, bob = client.create("ann"), client.create("bob")
    staff = create_group(client, "Staff", ann)
    create_group(client, "Outer", staff, bob)
    group("map", "*", "--team", "t")
    assert set(teams(database, client)) == {("ann", "t"), ("bob", "t")}
    client.patch(f"/Users/{bob['id']}", {"op": "replace", "path": "active", "value": False})
    assert set(teams(database, client)) == {("ann", "t")}
    client.patch(f"/Users/{bob['id']}", {"op": "replace", "path": "active", "value": True})
    group("sync", "Outer")
    # ann is in Outer only through Staff, which is hidden.
    assert set(teams(database, client)) == {("bob", "t")}
    group("sync", "--all")
    assert set(teams(database, client)) == {("ann", "t"), ("bob", "t")}


def test_one_role_in_a_team(client, database, group):
    ann = client.create("ann")
    for name in ("A", "B", "C"):
        create_group(client, name, ann)
    group("map", "A", "--team", "t", "--role", "viewer")
    group("map", "B", "--team", "t", "--role", "editor")
    assert teams(database, client) == {("ann", "t"): "editor"}, "the first by name"
    group("map", "A", "--team", "t", "--role", "viewer", "--priority", "1")
    assert teams(database, client) == {("ann", "t"): "viewer"}, "the higher priority"
    group("map", "C", "--team", "t", "--priority", "9")
    assert teams(database, client) == {("ann", "t"): "viewer"}, "who is a plain member has no role to prefer"
    group("map", "C", "--role", "auditor")
    assert teams(database, client) == {("ann", "t"): "viewer", ("ann", "*"): "auditor"}
    via = database.sql(f"SELECT via_groups FROM scim.team_members WHERE org = '{client.org}' AND team = 't'")
    assert via == "{A,B,C}"


@pytest.mark.parametrize("pattern, means", [
    ("app-?", {"App-1", "APP-2"}), ("App-*", {"App-1", "APP-2", "app-10"}), ("*", {"App-1", "APP-2", "app-10", "50%_x\\", "50 yx"}),
    ("50%_x\\", {"50%_x\\"}), ("50%*", {"50%_x\\"}), ("50_yx", set()), ("ss", set())])
def test_patterns(client, group, pattern, means):
    for name in ("App-1", "APP-2", "app-10", "50%_x\\", "50 yx"):
        create_group(client, name)
    status, _, _ = group("sync", pattern)
    assert status == DONE
    _, rows, _ = group("list")
    assert {row["name"] for row in rows if not row["hidden"]} == means
    _, rows, _ = group("list", "--hidden")
    assert not means & {row["name"] for row in rows}


def test_a_dry_run_tells_what_the_change_does(client, database, group):
    ann, bob = client.create("ann"), client.create("bob")
    create_group(client, "A", ann, bob)
    create_group(client, "B", bob)
    before = teams(database, client)
    status, rows, talk = group("map", "A", "--team", "t", "--role", "viewer", "--dry-run")
    assert status == PENDING and "Nothing was written" in talk and "2 gained, 0 lost" in talk
    assert rows == [{"change": "gains", "name": name, "team": "t", "role_before": None, "role": "viewer"} for name in ("ann", "bob")]
    assert teams(database, client) == before == {} and group("mappings")[1] == []
    assert group("map", "A", "--team", "t", "--role", "viewer")[0] == DONE
    assert group("map", "A", "--team", "t", "--role", "viewer", "--dry-run")[:2] == (DONE, [])
    status, rows, _ = group("map", "B", "--team", "t", "--role", "admin", "--dry-run")
    assert rows == [{"change": "changes", "name": "bob", "team": "t", "role_before": "viewer", "role": "admin"}]
    status, rows, _ = group("sync", "B", "--dry-run")
    assert status == PENDING and rows == [
        {"change": "hidden", "name": "A", "team": None, "role_before": None, "role": None},
        {"change": "loses", "name": "ann", "team": "t", "role_before": "viewer", "role": None},
        {"change": "loses", "name": "bob", "team": "t", "role_before": "viewer", "role": None}]
    _, mappings, _ = group("mappings")
    assert mappings == [{"id": 1, "pattern": "A", "team": "t", "role": "viewer", "priority": 0, "groups": 1}]
    status, rows, _ = group("unmap", "1", "--dry-run")
    assert status == PENDING and [row["change"] for row in rows] == ["loses", "loses"]
    assert len(teams(database, client)) == 2
    assert group("unmap", "1")[0] == DONE
    assert teams(database, client) == {} and group("mappings")[1] == []
    # A mapping that means nobody yet is something to write all the same.
    assert group("map", "Z", "--team", "t", "--dry-run")[:2] == (PENDING, [])


def test_a_dry_run_leaves_no_trace(client, database, group):
    staff = create_group(client, "Staff", client.create("ann"))
    group("sync", "Nobody", "--dry-run")
    assert read(client, staff) == staff
    assert database.sql(f"SELECT groups_to_sync IS NULL FROM scim.organization_settings WHERE org = '{client.org}'") == "t"
    assert group("sync", "--all", "--dry-run")[:2] == (DONE, [])


def test_wrong_use(client, group, database):
    for command, *arguments in (("map", "A"), ("map", "", "--team", "t"), ("map", "A", "--team", ""), ("map", "A"),
                                ("map", "A", "--team", "t", "--priority", "high"), ("sync",), ("sync", "A", "--all"),
                                ("sync", "A\nB"), ("unmap",)):
        assert group(command, *arguments)[0] == USAGE, (command, arguments)
    for name in ("1", "x", "99999999999999999999"):
        assert group("unmap", name)[0] == NOT_FOUND
    for command in (["list"], ["mappings"], ["map", "A", "--team", "t"], ["sync", "--all"]):
        done = database.scimlet("group", command[0], "no-such-org", *command[1:], check=False)
        assert done.returncode == NOT_FOUND, done


def test_another_organization_is_not_touched(client, organization, database, group):
    stranger = organization()
    for each in (client, stranger):
        create_group(each, "Staff", each.create("ann"))
    group("map", "Staff", "--team", "t")
    group("sync", "Nobody")
    assert teams(database, stranger) == {}
    assert database.sql(f"SELECT count(*) FROM scim.groups WHERE hidden AND org = '{stranger.org}'") == "0"


def test_the_reader_may_ask(client, database, group):
    """Views run as their owner, the functions in them as who asks."""
    ann = client.create("ann")
    create_group(client, "Staff", ann)
    group("map", "Staff", "--team", "t")
    for question in (f"scim.team_members WHERE org = '{client.org}'", f"scim.team_members_of('{client.org}', 't')",
                     f"scim.teams_of('{client.org}', '{ann['id']}')"):
        assert database.sql(f"SET ROLE scim_reader; SELECT team FROM {question}").split()[-1] == "t"
