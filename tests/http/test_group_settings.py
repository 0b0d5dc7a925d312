"""What an organization's settings say about groups, on every way in: pushing them, names that repeat, groups to
sync, protected groups; and the row of the log that every write leaves."""
import subprocess
import threading

import pytest

from harness.client import GROUP
from harness.groups import add, create_group, ids, member, patch, read, remove

# What is about the database is the same behind every front.
pytestmark = pytest.mark.parametrize("front", ["lighttpd"], indirect=True, scope="session")
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def bulk(client, *operations):
    answer = client.post("/Bulk", {"schemas": [BULK], "Operations": list(operations)})
    assert answer.status == 200, answer
    return answer.json["Operations"]


def body(name, *members):
    return {"schemas": [GROUP], "displayName": name, "members": [member(each) for each in members]}


# Each way to write a group: what it asks of client, for the group and a person who is not in it and one who is.
WAYS = {
    "PUT": lambda client, group, new, old: client.put(f"/Groups/{group['id']}", body(group["displayName"], new)),
    "PATCH add": lambda client, group, new, old: patch(client, group, add(new)),
    "PATCH remove": lambda client, group, new, old: patch(client, group, remove(old)),
    "PATCH filter": lambda client, group, new, old: patch(
        client, group, {"op": "remove", "path": f'members[value eq "{old["id"]}"]'}),
    "PATCH no path": lambda client, group, new, old: patch(client, group, {"op": "add", "value": {"members": [member(new)]}}),
    "PATCH replace": lambda client, group, new, old: patch(
        client, group, {"op": "replace", "path": "members", "value": [member(new)]}),
    "DELETE": lambda client, group, new, old: client.delete(f"/Groups/{group['id']}"),
}
RENAMES = {
    "PATCH name": lambda client, group, name: patch(client, group, {"op": "replace", "path": "displayName", "value": name}),
    "PATCH name, no path": lambda client, group, name: patch(client, group, {"op": "replace", "value": {"displayName": name}}),
    "PUT name": lambda client, group, name: client.put(f"/Groups/{group['id']}", {
        "schemas": [GROUP], "displayName": name,
        "members": [{"value": each["value"]} for each in group.get("members", [])]}),
}
BULK_WAYS = {
    "PUT": lambda group, new: {"method": "PUT", "path": f"/Groups/{group['id']}", "data": body("Other", new)},
    "PATCH": lambda group, new: {"method": "PATCH", "path": f"/Groups/{group['id']}", "data": {"Operations": [add(new)]}},
    "DELETE": lambda group, new: {"method": "DELETE", "path": f"/Groups/{group['id']}"},
}


@pytest.fixture
def client(organization):
    return organization()


@pytest.fixture
def staffed(client):
    """A group, a person who is not in it, and one who is."""
    new, old = client.create("new"), client.create("old")
    return create_group(client, "Staff", old), new, old


def settings(database, client, change):
    database.sql(f"UPDATE scim.organization_settings SET {change} WHERE org = '{client.org}'")


def logged(database, client, condition="true"):
    return database.sql(f"""SELECT action, subject, result, status, coalesce(reason, '-') FROM scim.request_log
        WHERE org = '{client.org}' AND resource_type = 'Group' AND result <> 'refused' AND {condition}
        ORDER BY at""").splitlines()


def hidden(database, client):
    return database.sql(f"SELECT display_name FROM scim.groups WHERE org = '{client.org}' AND hidden "
                        "ORDER BY display_name").splitlines()


def protect(database, group):
    database.sql(f"UPDATE scim.groups SET protected = true WHERE id = '{group['id']}'")


def unchanged(client, group, old):
    now = read(client, group)
    assert ids(now["members"]) == [old["id"]] and now["meta"]["version"] == group["meta"]["version"]


# ---- push_groups

@pytest.mark.parametrize("way", WAYS)
def test_groups_switched_off(client, database, staffed, way):
    group, new, old = staffed
    settings(database, client, "push_groups = false")
    assert "switched off" in WAYS[way](client, group, new, old).error(403)
    unchanged(client, group, old)
    settings(database, client, "push_groups = true")
    assert WAYS[way](client, group, new, old).status in (200, 204)


@pytest.mark.parametrize("rename", RENAMES)
def test_no_name_changes_while_groups_are_off(client, database, staffed, rename):
    settings(database, client, "push_groups = false")
    RENAMES[rename](client, read(client, staffed[0]), "Other").error(403)
    unchanged(client, staffed[0], staffed[2])


def test_no_group_is_made_while_groups_are_off(client, database, staffed):
    settings(database, client, "push_groups = false")
    client.post("/Groups", body("Late", staffed[1])).error(403)
    nobody = {**staffed[0], "id": "00000000-0000-0000-0000-000000000000"}
    for way in WAYS.values():
        way(client, nobody, *staffed[1:]).error(403)
    answer = client.get("/Groups")
    assert [each["displayName"] for each in answer.json["Resources"]] == ["Staff"]
    # People are still written.
    assert client.create("somebody")


@pytest.mark.parametrize("way", BULK_WAYS)
def test_groups_switched_off_in_a_bulk(client, database, staffed, way):
    group, new, old = staffed
    settings(database, client, "push_groups = false")
    results = bulk(client, {"method": "POST", "path": "/Users", "bulkId": "u", "data": {"userName": "by-bulk"}},
                   BULK_WAYS[way](group, new), {"method": "POST", "path": "/Groups", "bulkId": "g", "data": body("Late")})
    assert [each["status"] for each in results] == ["201", "403", "403"]
    unchanged(client, group, old)
    assert logged(database, client) == ["create|Staff|done|201|-"]


# ---- protected groups

@pytest.mark.parametrize("way", WAYS)
def test_a_protected_group(client, database, staffed, way):
    group, new, old = staffed
    protect(database, group)
    assert 'group "Staff"' in WAYS[way](client, group, new, old).error(403)
    unchanged(client, group, old)


@pytest.mark.parametrize("way", BULK_WAYS)
def test_a_protected_group_in_a_bulk(client, database, staffed, way):
    group, new, old = staffed
    protect(database, group)
    results = bulk(client, BULK_WAYS[way](group, new), {"method": "POST", "path": "/Groups", "bulkId": "g", "data": body("Late")})
    assert [each["status"] for each in results] == ["403", "201"]
    unchanged(client, group, old)


@pytest.mark.parametrize("rename", RENAMES)
def test_a_protected_name(client, database, staffed, rename):
    protect(database, staffed[0])
    RENAMES[rename](client, read(client, staffed[0]), "Other").error(403)


@pytest.mark.parametrize("way", WAYS)
def test_members_of_a_protected_group_through_another(client, database, staffed, way):
    group, new, old = staffed
    between = create_group(client, "Between", group)
    # A cycle must end, and must not hide the protected one.
    patch(client, group, add(between))
    group = read(client, group)
    protect(database, create_group(client, "Owners", between))
    assert 'group "Owners"' in WAYS[way](client, group, new, old).error(403)
    assert read(client, group)["members"] == group["members"]


def test_what_leaves_a_protected_group_as_it_is(client, database, staffed):
    group, _, old = staffed
    protect(database, create_group(client, "Owners", group))
    for rename in RENAMES.values():
        assert rename(client, read(client, group), "Renamed").status == 200
    assert patch(client, group, add(old)).status == 200, "who is in already changes nothing"
    # Into a group of its own it may go: that changes nobody's membership of it.
    assert create_group(client, "Outer", read(client, group))


def test_a_member_who_is_made_later_in_the_bulk(client, database, staffed):
    group, _, old = staffed
    protect(database, create_group(client, "Owners", group))
    results = bulk(client, {"method": "PATCH", "path": f"/Groups/{group['id']}",
                            "data": {"Operations": [add({"id": "bulkId:later"})]}},
                   {"method": "POST", "path": "/Users", "bulkId": "later", "data": {"userName": "later"}})
    assert [each["status"] for each in results] == ["403", "201"]
    assert ids(read(client, group)["members"]) == [old["id"]]


def test_a_dba_is_not_stopped(client, database, staffed):
    group, new, _ = staffed
    protect(database, group)
    settings(database, client, "push_groups = false")
    database.sql(f"INSERT INTO scim.group_members (org, group_id, member_id) "
                 f"VALUES ('{client.org}', '{group['id']}', '{new['id']}')")
    assert len(read(client, group)["members"]) == 2


# ---- groups_to_sync

def test_other_groups_are_stored_hidden(client, database):
    settings(database, client, "groups_to_sync = '{app-*,Sales}'")
    for name in ("App-Admins", "sales", "Sales East", "xapp-"):
        assert client.post("/Groups", body(name)).status == 201
    assert hidden(database, client) == ["Sales East", "xapp-"]
    assert logged(database, client) == ["create|App-Admins|done|201|-", "create|sales|done|201|-",
                                        "create|Sales East|ignored|201|group.not_synced",
                                        "create|xapp-|ignored|201|group.not_synced"]
    assert len(client.get("/Groups").json["Resources"]) == 4, "SCIM shows them all"


@pytest.mark.parametrize("rename", RENAMES)
def test_a_name_that_becomes_one_of_them(client, database, staffed, rename):
    group = staffed[0]
    settings(database, client, "groups_to_sync = '{App*}'")
    assert hidden(database, client) == ["Staff"]
    assert RENAMES[rename](client, read(client, group), "Apprentices").status == 200
    assert hidden(database, client) == []
    assert RENAMES[rename](client, read(client, group), "Staff").status == 200
    assert hidden(database, client) == ["Staff"]


@pytest.mark.parametrize("way", [way for way in WAYS if way != "DELETE"])
def test_a_hidden_group_is_written_all_the_same(client, database, staffed, way):
    settings(database, client, "groups_to_sync = '{}'")
    assert WAYS[way](client, *staffed).status == 200
    assert logged(database, client)[-1] == "update|Staff|ignored|200|group.not_synced"
    assert hidden(database, client) == ["Staff"]


def test_the_setting_changes_no_version(client, database, staffed):
    for patterns in ("'{}'", "'{st?ff}'", "'{Nobody}'", "NULL"):
        settings(database, client, f"groups_to_sync = {patterns}")
        unchanged(client, staffed[0], staffed[2])
        assert (hidden(database, client) == ["Staff"]) == (patterns in ("'{}'", "'{Nobody}'"))


@pytest.mark.parametrize("write", ["INSERT INTO scim.groups (org, display_name) VALUES ('{org}', 'Late')",
                                   "UPDATE scim.groups SET display_name = 'Late' WHERE org = '{org}'"])
def test_a_group_that_is_written_while_the_setting_changes(client, database, write):
    """Neither can see the other's row before its commit, so they wait for each other."""
    create_group(client, "App")
    settings(database, client, "groups_to_sync = '{App,Late}'")
    writer = subprocess.Popen(["psql", "-qAtX"], env=database.environment(), text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    writer.stdin.write(f"BEGIN; {write.format(org=client.org)}; SELECT 'written';\n")
    writer.stdin.flush()
    assert writer.stdout.readline() == "written\n"
    change = threading.Thread(target=settings, args=(database, client, "groups_to_sync = '{App}'"))
    change.start()
    # It waits for the writer, or (which would be the error) is done without.
    while change.is_alive() and database.sql("SELECT count(*) FROM pg_locks WHERE NOT granted") == "0":
        pass
    writer.communicate("COMMIT;\n")
    change.join()
    assert hidden(database, client) == ["Late"]


# ---- unique_group_names

@pytest.mark.parametrize("rename", RENAMES)
def test_names_that_repeat(client, database, rename):
    first, second = create_group(client, "One"), create_group(client, "Two")
    client.post("/Groups", body("ONE")).error(409, "uniqueness")
    RENAMES[rename](client, second, "One").error(409, "uniqueness")
    settings(database, client, "unique_group_names = false")
    assert client.post("/Groups", body("ONE")).status == 201
    assert RENAMES[rename](client, second, "One").status == 200
    refused = database.sql(f"""DO $$ BEGIN
            UPDATE scim.organization_settings SET unique_group_names = true WHERE org = '{client.org}';
        EXCEPTION WHEN restrict_violation THEN
            UPDATE scim.organizations SET name = SQLERRM WHERE org = '{client.org}';
        END $$; SELECT name FROM scim.organizations WHERE org = '{client.org}'""")
    assert 'more than one group named "ONE"' in refused
    database.sql(f"DELETE FROM scim.groups WHERE org = '{client.org}' AND id <> '{first['id']}'")
    settings(database, client, "unique_group_names = true")
    client.post("/Groups", body("ONE")).error(409, "uniqueness")


# ---- the log

@pytest.mark.parametrize("way", WAYS)
def test_a_write_leaves_one_row(client, database, staffed, way):
    assert WAYS[way](client, *staffed).status in (200, 204)
    rows = ["create|Staff|done|201|-", "delete|Staff|done|204|-" if way == "DELETE" else "update|Staff|done|200|-"]
    assert logged(database, client) == rows


def test_a_bulk_leaves_a_row_for_each_operation(client, database, staffed):
    group, new, _ = staffed
    results = bulk(client, {"method": "POST", "path": "/Groups", "bulkId": "g",
                            "data": {"displayName": "Made", "members": [{"value": "bulkId:u"}, {"value": "bulkId:v"}]}},
                   {"method": "POST", "path": "/Users", "bulkId": "u", "data": {"userName": "u"}},
                   {"method": "POST", "path": "/Groups", "bulkId": "h", "data": body("Made")},
                   {"method": "POST", "path": "/Users", "bulkId": "v", "data": {"userName": "v"}},
                   BULK_WAYS["PATCH"](group, new), {"method": "DELETE", "path": f"/Groups/{group['id']}"})
    assert [each["status"] for each in results] == ["201", "201", "409", "201", "200", "204"]
    assert logged(database, client) == ["create|Staff|done|201|-", "create|Made|done|201|-", "update|Staff|done|200|-",
                                        "delete|Staff|done|204|-"]


# ---- bulks that meet

def test_bulks_in_opposite_orders(client, database):
    """Known once to deadlock until their deadline: each piece locks what it will change in one order."""
    people = [client.create(f"p{n}") for n in range(4)]
    groups = [create_group(client, f"G{n:02}") for n in range(60)]
    # Some are members of others, whose version changes with them when they go or are renamed.
    patch(client, groups[0], add(*groups[40:]))
    failed = []

    def run(person, order):
        mine = type(client)(client.url, client.token, timeout=30)
        try:
            for _ in range(3):
                results = bulk(mine, *({"method": "PATCH", "path": f"/Groups/{group['id']}",
                                        "data": {"Operations": [add(person)]}} for group in order))
                failed.extend(each for each in results if each["status"] != "200")
        finally:
            mine.close()

    threads = [threading.Thread(target=run, args=(person, groups[::1 if n % 2 else -1])) for n, person in enumerate(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert database.sql(f"SELECT DISTINCT count(*) FROM scim.group_members WHERE org = '{client.org}' "
                        "AND user_id IS NOT NULL GROUP BY group_id") == "4"
