"""A day's work on the PostgreSQL that SCIMLET_TEST_POSTGRES_BIN names: what each version must be able to do."""
import os
import re
import subprocess

import pytest

from harness.client import GROUP, PATCH_OP, Client
from harness.postgres import DATABASE, scimlet
from harness.settings import PG_DUMP, postgres_bin

BULK_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def values(answer, attribute="userName"):
    assert answer.status == 200, answer
    return sorted(resource[attribute] for resource in answer.json.get("Resources", []))


def test_the_server_is_the_one_that_was_asked_for(database):
    version, = re.findall(r"PostgreSQL\) (\d+\.\d+)", subprocess.check_output([postgres_bin() / "postgres", "--version"], text=True))
    assert database.sql("SHOW server_version").split()[0] == version
    if "SCIMLET_TEST_POSTGRES_BIN" in os.environ:
        assert postgres_bin().parts[-3] == f"postgres-{version.split('.')[0]}"


def test_init_again_and_the_doctor(database):
    database.scimlet("init")
    done = database.scimlet("doctor", check=False)
    assert "FAIL" not in done.stdout and f"PostgreSQL {database.sql('SHOW server_version')}" in done.stdout, done.stdout


def test_a_person(organization):
    client = organization()
    jane = client.create("Jane@example.com", externalId="00u1", name={"familyName": "Doe"},
                         emails=[{"value": "jane@example.com", "type": "work", "primary": True}])
    client.post("/Users", {"userName": "JANE@EXAMPLE.COM"}).error(409, "uniqueness")
    where = f"/Users/{jane['id']}"
    for expression in ('userName eq "jane@EXAMPLE.com"', 'externalId eq "00u1"', 'emails[type eq "work"].value sw "Jane@"',
                       'name.familyName co "do" and not (active eq false)', 'userName eq "Ｊane@example.com"'):
        assert values(client.post("/Users/.search", {"filter": expression})) == ["Jane@example.com"], expression
    patched = client.patch(where, {"op": "replace", "path": "name.familyName", "value": "Roe"},
                           {"op": "add", "path": "emails", "value": [{"value": "j@example.com", "type": "home"}]})
    assert patched.json["name"]["familyName"] == "Roe" and len(patched.json["emails"]) == 2, patched
    stale = {"If-Match": jane["meta"]["version"]}
    client.put(where, {"userName": "jane"}, headers=stale).error(412)
    assert client.put(where, {"userName": "jane", "active": False}).json["active"] is False
    assert client.delete(where).status == 204
    client.get(where).error(404)


def test_lists(organization):
    client = organization()
    names = sorted(f"person-{number:02}" for number in range(12))
    for name in reversed(names):
        client.create(name)
    page = client.get("/Users?sortBy=userName&startIndex=4&count=3").json
    assert [person["userName"] for person in page["Resources"]] == names[3:6] and page["totalResults"] == 12
    seen, cursor = [], ""
    while cursor is not None:
        page = client.get(f"/Users?count=5&cursor={cursor}").json
        seen += [person["userName"] for person in page["Resources"]]
        cursor = page.get("nextCursor")
    assert sorted(seen) == names


def test_groups_of_groups(organization):
    client = organization()
    jane, john = client.create("jane")["id"], client.create("john")["id"]
    team = client.post("/Groups", {"schemas": [GROUP], "displayName": "Team", "members": [{"value": jane}]}).json["id"]
    unit = client.post("/Groups", {"displayName": "Unit", "members": [{"value": team, "type": "Group"}]}).json["id"]
    client.patch(f"/Groups/{team}", {"op": "add", "path": "members", "value": [{"value": john}]})
    groups = {group["display"]: group["type"] for group in client.get(f"/Users/{john}").json["groups"]}
    assert groups == {"Team": "direct", "Unit": "indirect"}
    find_unit = {"filter": f'groups.value eq "{unit}"'}
    assert values(client.post("/Users/.search", find_unit)) == ["jane", "john"]
    client.patch(f"/Groups/{team}", {"op": "remove", "path": f'members[value eq "{jane}"]'})
    assert values(client.post("/Users/.search", find_unit)) == ["john"]
    assert client.delete(f"/Groups/{team}").status == 204
    assert "groups" not in client.get(f"/Users/{john}").json


def test_bulk(organization):
    client = organization()
    operations = [{"method": "POST", "path": "/Groups", "bulkId": "g",
                   "data": {"displayName": "All", "members": [{"value": f"bulkId:{n}"} for n in range(20)]}}]
    operations += [{"method": "POST", "path": "/Users", "bulkId": str(n), "data": {"userName": f"bulk-{n}"}} for n in range(20)]
    operations += [{"method": "POST", "path": "/Users", "bulkId": "again", "data": {"userName": "BULK-1"}},
                   {"method": "PATCH", "path": "/Users/bulkId:2",
                    "data": {"schemas": [PATCH_OP], "Operations": [{"op": "add", "path": "title", "value": "Boss"}]}},
                   {"method": "DELETE", "path": "/Users/bulkId:3"}]
    answer = client.post("/Bulk", {"schemas": [BULK_REQUEST], "Operations": operations})
    assert [done["status"] for done in answer.json["Operations"]] == ["201"] * 21 + ["409", "200", "204"], answer
    assert len(values(client.get("/Users?count=100"))) == 19
    assert values(client.post("/Users/.search", {"filter": 'title eq "boss"'})) == ["bulk-2"]


def test_a_login_its_reasons_and_undo(front, database, organization):
    client = organization()
    application = Client(front.url(client.org), database.token(client.org, scopes="login"))
    jane = client.create("jane@example.com", externalId="00u1")
    login = {"subject": "00u1", "email": "jane@example.com", "account": "4711"}
    assert application.post("/logins", login).json["decision"] == "let_in"
    client.patch(f"/Users/{jane['id']}", {"op": "replace", "path": "active", "value": False})
    refused = application.post("/logins", login).json
    application.close()
    assert (refused["decision"], refused["reason"]) == ("refuse", "login.suspended")
    assert "deactivated" in database.scimlet("why", client.org, "jane@example.com", check=False).stdout
    assert "jane@example.com" in database.scimlet("log", client.org).stdout
    database.scimlet("undo", client.org, "--since", "1h", "--yes", check=False)
    assert database.sql(f"SELECT count(*) FROM scim.audit_events WHERE org = '{client.org}'") != "0"
    database.scimlet("prune")


def test_plain_sql(database, organization):
    client = organization()
    identity = database.sql(f"INSERT INTO scim.users (org, user_name, title) VALUES ('{client.org}', 'dba', 'x') RETURNING id")
    assert client.get(f"/Users/{identity}").json["title"] == "x"
    database.sql(f"UPDATE scim.users SET title = 'y' WHERE org = '{client.org}'")
    assert client.get(f"/Users/{identity}").json["title"] == "y"


def dump(database, name):
    """All of a database as SQL, without what differs from one dump to the next of the same."""
    done = subprocess.run([PG_DUMP, "--no-sync"], env=database.environment(name), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    # PostgreSQL before 17 does not know the second, which a newer pg_dump writes all the same.
    return re.sub(r"^(\\(un)?restrict .*|SET transaction_timeout = 0;)\n", "", done.stdout, flags=re.M)


def settled(dumped):
    """The lines of a dump, without what PostgreSQL changes when it reads what it wrote.

    It names the columns of views, needs fewer parentheses, and puts rows where there is room for them.
    """
    without_views = re.sub(r"^(CREATE VIEW \S+).*?;$", r"\1", dumped, flags=re.M | re.S)
    return sorted(re.sub(r"[()]", "", without_views).splitlines())


def test_dump_and_restore(database, organization):
    client = organization()
    jane = client.create("jane")["id"]
    client.post("/Groups", {"displayName": "Team", "members": [{"value": jane}]})
    dumped = dump(database, DATABASE)
    assert "CREATE TABLE scim.users" in dumped and jane in dumped
    database.sql("CREATE DATABASE restored", "postgres")
    try:
        database.sql(dumped, "restored")
        assert settled(dump(database, "restored")) == settled(dumped)
        conninfo = f"{database.conninfo()} dbname=restored"
        scimlet("init", conninfo=conninfo)
        assert "FAIL" not in scimlet("doctor", conninfo=conninfo, check=False).stdout
        with pytest.raises(AssertionError, match="users_user_name_key"):
            database.sql(f"INSERT INTO scim.users (org, user_name) VALUES ('{client.org}', 'JANE')", "restored")
    finally:
        database.sql("DROP DATABASE restored", "postgres")
