"""People are created, changed and deleted as the settings of their organization say, whichever way a change comes in."""
import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from harness.client import ENTERPRISE, GROUP, PATCH_OP, USER, Answer, Client

# What is decided in the database is the same behind every front.
once = pytest.mark.parametrize("front", ["lighttpd"], indirect=True, scope="session")
pytestmark = once

JANE = {"schemas": [USER], "userName": "jane@example.com", "externalId": "00u1", "title": "Engineer",
        "name": {"givenName": "Jane", "familyName": "Doe"},
        "emails": [{"value": "jane@example.com", "type": "work", "primary": True}]}


def configure(database, org, **settings):
    columns = ", ".join(f"{name} = {value}" for name, value in settings.items())
    database.sql(f"UPDATE scim.organization_settings SET {columns} WHERE org = '{org}'")


def stored(database, org):
    """All people, kept people and memberships: what a refusal must leave alone."""
    return database.sql(f"""SELECT to_jsonb(u) FROM scim.users AS u WHERE org = '{org}' ORDER BY id;
        SELECT to_jsonb(d) FROM scim.deleted_users AS d WHERE org = '{org}' ORDER BY id;
        SELECT to_jsonb(m) FROM scim.group_members AS m WHERE org = '{org}' ORDER BY group_id, member_id""")


def logged(database, org):
    return database.sql(f"SELECT action, status, coalesce(reason, '') FROM scim.request_log"
                        f" WHERE org = '{org}' AND result = 'done' AND resource_type = 'User' ORDER BY at").splitlines()


# ---- the ways in

def bulk(client, *operations):
    """Each operation's result as an answer of its own."""
    answer = client.post("/Bulk", {"Operations": [{"bulkId": f"b{place}", **operation}
                                                  for place, operation in enumerate(operations)]})
    assert answer.status == 200, answer
    return [Answer(int(result["status"]), {"location": result.get("location", "")}.items(),
                   json.dumps(result.get("response")).encode()) for result in answer.json["Operations"]]


def whole(person, changes):
    kept = {name: value for name, value in person.items() if name not in ("id", "meta", "groups")}
    return {**kept, **changes}


def operations(prefix, changes):
    return {"schemas": [PATCH_OP],
            "Operations": [{"op": "replace", "path": prefix + name, "value": value} for name, value in changes.items()]}


def by_put(client, person, changes):
    return client.put(f"/Users/{person['id']}", whole(person, changes))


def by_path(client, person, changes):
    return client.request("PATCH", f"/Users/{person['id']}", operations("", changes))


def by_urn(client, person, changes):
    return client.request("PATCH", f"/Users/{person['id']}", operations(f"{USER}:", changes))


def without_path(client, person, changes):
    return client.patch(f"/Users/{person['id']}", {"op": "replace", "value": changes})


def by_bulk_put(client, person, changes):
    return bulk(client, {"method": "PUT", "path": f"/Users/{person['id']}", "data": whole(person, changes)})[0]


def by_bulk_patch(client, person, changes):
    return bulk(client, {"method": "PATCH", "path": f"/Users/{person['id']}", "data": operations("", changes)})[0]


def by_post(client, person):
    return client.post("/Users", person)


def by_bulk_post(client, person):
    return bulk(client, {"method": "POST", "path": "/Users", "data": person})[0]


def by_pipeline(client, person):
    """One of several in a bulk; the others are made."""
    around = [{"method": "POST", "path": "/Users", "data": {**JANE, "userName": f"{name}@example.com", "externalId": name,
               "emails": [{"value": f"{name}@example.com"}]}} for name in ("before", "after")]
    first, answer, last = bulk(client, around[0], {"method": "POST", "path": "/Users", "data": person}, around[1])
    assert first.status == last.status
    return answer


def by_delete(client, person):
    return client.delete(f"/Users/{person['id']}")


def by_bulk_delete(client, person):
    return bulk(client, {"method": "DELETE", "path": f"/Users/{person['id']}"})[0]


changing = pytest.mark.parametrize("change", [by_put, by_path, by_urn, without_path, by_bulk_put, by_bulk_patch])
creating = pytest.mark.parametrize("create", [by_post, by_bulk_post])
deleting = pytest.mark.parametrize("delete", [by_delete, by_bulk_delete])


@pytest.fixture
def client(organization):
    return organization()


@pytest.fixture
def jane(client):
    return client.create(JANE["userName"], **JANE)


@pytest.fixture
def refused(client, database):
    """Demands an error, and that nothing was written."""
    def check(ask, status, scim_type, *words):
        before, log = stored(database, client.org), logged(database, client.org)
        detail = ask().error(status, scim_type)
        assert all(word in detail for word in words), detail
        assert stored(database, client.org) == before
        assert logged(database, client.org) == log
    return check


# ---- what is switched off

@changing
def test_updates_off(client, jane, database, refused, change):
    configure(database, client.org, update_users=False)
    refused(lambda: change(client, jane, {"title": "Boss"}), 403, None, "Changing people is switched off")
    refused(lambda: change(client, jane, {"title": "Boss", "active": False}), 403, None, "Changing people")
    assert change(client, jane, {"title": "Engineer"}).status == 200
    assert change(client, jane, {"active": False}).status == 200
    assert logged(database, client.org)[-1] == "deactivate|200|"


@changing
def test_deactivation_off(client, jane, database, refused, change):
    configure(database, client.org, deactivate_users=False)
    refused(lambda: change(client, jane, {"active": False}), 403, None, "Deactivating and reactivating people")
    assert change(client, jane, {"active": True}).status == 200
    assert change(client, jane, {"title": "Boss"}).status == 200
    database.sql(f"UPDATE scim.users SET active = false WHERE org = '{client.org}'")
    refused(lambda: change(client, jane, {"title": "Boss", "active": True}), 403, None, "Deactivating")


@creating
def test_creation_off(client, database, refused, create):
    configure(database, client.org, create_users=False)
    refused(lambda: create(client, JANE), 403, None, "nobody was created")


@deleting
def test_deletion_off(client, jane, database, refused, delete):
    configure(database, client.org, delete_users=False)
    refused(lambda: delete(client, jane), 403, None, "nobody was deleted")


# ---- what a person must be

FAULTS = {
    "required": (dict(required_attributes="'{emails.value}'"), {"emails": []}, "invalidValue", "emails.value"),
    "required element": (dict(required_attributes="'{EMAILS}'"), {"emails": [{"type": "work"}]}, "invalidValue", "EMAILS"),
    "domain": (dict(allowed_domains="'{example.com}'"), {"emails": [{"value": "jane@elsewhere.test"}]},
               "invalidValue", "jane@elsewhere.test"),
    "domain of a second": (dict(allowed_domains="'{example.com}'"),
                           {"emails": [{"value": "jane@example.com"}, {"value": "j@sub.example.com"}]},
                           "invalidValue", "j@sub.example.com"),
    "domain of userName": (dict(allowed_domains="'{example.com}'"), {"userName": "jane@example.com.test"},
                           "invalidValue", "jane@example.com.test"),
    "blank userName": ({"idp": "idp"}, {"userName": "\u00a0\u3000"}, "invalidValue", "userName"),
    "long userName": ({"idp": "idp"}, {"userName": "\ufdfa" * 40}, "invalidValue", "userName"),
}
faults = pytest.mark.parametrize("settings, changes, scim_type, word", FAULTS.values(), ids=FAULTS)


@faults
@changing
def test_faulty_change(client, jane, database, refused, change, settings, changes, scim_type, word):
    configure(database, client.org, **settings)
    refused(lambda: change(client, jane, changes), 400, scim_type, f'"{word}"')
    assert change(client, jane, {"title": "Boss"}).status == 200


@faults
@creating
def test_faulty_person(client, database, refused, create, settings, changes, scim_type, word):
    configure(database, client.org, **settings)
    refused(lambda: create(client, {**JANE, **changes}), 400, scim_type, f'"{word}"')
    assert create(client, JANE).status == 201


@faults
def test_faulty_person_among_others(client, database, settings, changes, scim_type, word):
    configure(database, client.org, **settings)
    assert f'"{word}"' in by_pipeline(client, {**JANE, **changes}).error(400, scim_type)
    assert database.sql(f"SELECT count(*) FROM scim.users WHERE org = '{client.org}'") == "2"
    assert logged(database, client.org) == ["create|201|"] * 2


@changing
def test_deactivation_alone_is_always_let_through(client, jane, database, refused, change):
    configure(database, client.org, required_attributes=f"'{{{ENTERPRISE}:department}}'", allowed_domains="'{x.test}'")
    assert change(client, jane, {"active": False}).status == 200
    refused(lambda: change(client, jane, {"active": True, "title": "Boss"}), 400, "invalidValue", "department")
    assert change(client, jane, {"active": True}).status == 200
    assert logged(database, client.org)[-1] == "reactivate|200|"


def test_a_value_path_obeys(client, jane, database, refused):
    configure(database, client.org, allowed_domains="'{*.example.com,example.com}'", email_change="'reassign'")
    path = 'emails[type eq "work"].value'
    refused(lambda: by_path(client, jane, {path: "j@notexample.com"}), 400, "invalidValue", "j@notexample.com")
    refused(lambda: by_path(client, jane, {path: "j@a.example.com"}), 400, "mutability", "assign again")


@changing
def test_primary_email_is_reassigned_only(client, jane, database, refused, change):
    configure(database, client.org, email_change="'reassign'")
    refused(lambda: change(client, jane, {"emails": [{"value": "new@example.com", "type": "work"}]}), 400, "mutability",
            "jane@example.com")
    same = [{"value": "JANE@example.com", "type": "home", "primary": True}, {"value": "private@example.com"}]
    assert change(client, jane, {"emails": same, "userName": "jd"}).status == 200
    refused(lambda: change(client, {**jane, "userName": "jd"}, {"emails": []}), 400, "mutability", '"jd"')


def test_a_first_email_is_no_change(client, database):
    configure(database, client.org, email_change="'reassign'")
    person = client.create("nobody in particular")
    assert by_path(client, person, {"emails": [{"value": "first@example.com"}]}).status == 200


# ---- names

@changing
def test_a_name_that_is_taken(client, jane, database, refused, change):
    other = client.create("other@example.com")
    refused(lambda: change(client, other, {"userName": "JANE@example.com"}), 409, "uniqueness", "another person")
    by_path(client, jane, {"active": False})
    refused(lambda: change(client, other, {"userName": "JANE@example.com"}), 409, "uniqueness", "deactivated person")


@creating
def test_a_name_of_the_deactivated(client, jane, database, refused, create):
    refused(lambda: create(client, JANE), 409, "uniqueness", "another person")
    by_path(client, jane, {"active": False})
    refused(lambda: create(client, {**JANE, "externalId": "00u2"}), 409, "uniqueness", "deactivated person")
    configure(database, client.org, revive="'never'")
    refused(lambda: create(client, JANE), 409, "uniqueness", "deactivated person")


# ---- protected people

@changing
def test_protected_from_change(client, jane, database, refused, change):
    database.sql(f"UPDATE scim.users SET protected = true WHERE org = '{client.org}'")
    configure(database, client.org, update_users=False, deactivate_users=False)
    for changes in ({"title": "Boss"}, {"active": False}):
        refused(lambda changes=changes: change(client, jane, changes), 403, None, 'user "jane@example.com" is protected')
    assert change(client, jane, {"title": "Engineer"}).status == 200


@deleting
def test_protected_from_deletion(client, jane, database, refused, delete):
    database.sql(f"UPDATE scim.users SET protected = true WHERE org = '{client.org}'")
    refused(lambda: delete(client, jane), 403, None, "protected")


@creating
def test_protected_from_being_revived(client, jane, database, refused, create):
    database.sql(f"UPDATE scim.users SET protected = true, active = false WHERE org = '{client.org}'")
    refused(lambda: create(client, JANE), 403, None, "protected")


# ---- the life of a person

def link(database, org):
    database.sql(f"UPDATE scim.users SET account = 'account 1', login_subject = 'sub 1', linked = now() WHERE org = '{org}'")


def life(database, org):
    return database.sql(f"SELECT status, coalesce(account, '-'), coalesce(login_subject, '-'), linked IS NOT NULL"
                        f" FROM scim.users WHERE org = '{org}' ORDER BY status")


def team(client, *members):
    return client.post("/Groups", {"schemas": [GROUP], "displayName": "Team",
                                   "members": [{"value": member["id"]} for member in members]}).json


@changing
def test_removed(client, jane, database, change):
    configure(database, client.org, on_deactivate="'remove'")
    group = team(client, jane)
    link(database, client.org)
    answer = change(client, jane, {"active": False})
    assert answer.status == 200
    if answer.json:     # of a bulk there is none
        assert "groups" not in answer.json
        assert answer.headers["etag"] == client.get(f"/Users/{jane['id']}").headers["etag"]
    assert life(database, client.org) == "removed|-|-|f"
    after = client.get(f"/Groups/{group['id']}")
    assert not after.json.get("members") and after.json["meta"]["version"] != group["meta"]["version"]
    assert change(client, jane, {"active": True}).status == 200
    assert life(database, client.org) == "provisioned|-|-|f"


@changing
def test_suspended(client, jane, database, change):
    group = team(client, jane)
    link(database, client.org)
    assert change(client, jane, {"active": False}).status == 200
    assert life(database, client.org) == "suspended|account 1|sub 1|t"
    assert client.get(f"/Groups/{group['id']}").json == group
    assert change(client, jane, {"active": True}).status == 200
    assert life(database, client.org) == "active|account 1|sub 1|t"


def test_removing_while_the_group_changes(client, database, front):
    """Groups are locked before memberships, by everybody: nobody is a victim for good, no version lies."""
    configure(database, client.org, on_deactivate="'remove'", guard_per_hour="NULL")
    people = [client.create(f"p{n}") for n in range(12)]
    groups = [client.post("/Groups", {"displayName": f"g{n}", "members": [{"value": p["id"]} for p in people]}).json
              for n in range(3)]

    def work(task):
        person, group = task
        own = Client(front.url(client.org), client.token, timeout=60)
        try:
            if group is None:
                return by_path(own, person, {"active": False, "userName": f"gone {person['userName']}"})
            return own.patch(f"/Groups/{group['id']}", {"op": "remove", "path": f"members[value eq \"{person['id']}\"]"})
        finally:
            own.close()

    tasks = [(person, group) for person in people for group in [None, *groups]]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(work, tasks))
    assert {answer.status for answer in answers} <= {200, 204}, answers
    assert database.sql(f"SELECT count(*) FROM scim.group_members WHERE org = '{client.org}'") == "0"
    assert database.sql(f"SELECT DISTINCT member_count FROM scim.groups WHERE org = '{client.org}'") == "0"
    assert database.sql(f"SELECT DISTINCT status FROM scim.users WHERE org = '{client.org}'") == "removed"


@deleting
@pytest.mark.parametrize("settings", [dict(on_delete="'suspend'"), dict(email_change="'reassign'", keep_deleted=3)])
def test_kept_and_revived(client, jane, database, delete, settings):
    configure(database, client.org, **settings)
    link(database, client.org)
    version = int(client.get(f"/Users/{jane['id']}").json["meta"]["version"][3:-1])
    team(client, jane)
    assert delete(client, jane).status == 204
    assert client.get(f"/Users/{jane['id']}").status == 404
    assert client.get("/Users").json["totalResults"] == 0
    days = settings.get("keep_deleted", 30)
    assert database.sql(f"SELECT id, account, purge_after - deleted BETWEEN interval '{days} days' - interval '1 second'"
                        f" AND interval '{days} days' + interval '1 second' FROM scim.deleted_users"
                        f" WHERE org = '{client.org}'") == f"{jane['id']}|account 1|t"
    back = client.create("jane.new@example.com", externalId="00u1")
    assert back["id"] == jane["id"] and back["meta"]["created"] == jane["meta"]["created"]
    assert int(back["meta"]["version"][3:-1]) == version + 1
    assert back["userName"] == "jane.new@example.com" and "title" not in back and "groups" not in back
    assert life(database, client.org) == "active|account 1|sub 1|t"
    assert database.sql(f"SELECT count(*) FROM scim.deleted_users WHERE org = '{client.org}'") == "0"
    assert logged(database, client.org)[-2:] == ["delete|204|", "revive|201|user.revived"]


@deleting
def test_really_deleted(client, jane, database, delete):
    assert delete(client, jane).status == 204
    assert database.sql(f"SELECT count(*) FROM scim.deleted_users WHERE org = '{client.org}'") == "0"
    assert client.create(JANE["userName"], externalId="00u1")["id"] != jane["id"]


def test_an_account_that_is_taken_is_not_given_back(client, jane, database):
    configure(database, client.org, on_delete="'suspend'")
    link(database, client.org)
    by_delete(client, jane)
    client.create("heir")
    link(database, client.org)
    client.create(JANE["userName"], externalId="00u1")
    assert life(database, client.org).splitlines() == ["active|account 1|sub 1|t", "provisioned|-|-|f"]


@pytest.mark.parametrize("create", [by_post, by_bulk_post, by_pipeline])
@pytest.mark.parametrize("removed", [False, True])
def test_deactivated_and_revived(client, jane, database, create, removed):
    if removed:
        configure(database, client.org, on_deactivate="'remove'")
    by_path(client, jane, {"active": False})
    answer = create(client, {**JANE, "userName": "j2"})
    assert answer.status == 201
    assert answer.headers["location"].endswith(jane["id"])
    back = client.get(f"/Users/{jane['id']}").json
    assert back["active"] is True and back["userName"] == "j2"
    assert back["meta"]["version"] == 'W/"3"' and back["meta"]["created"] == jane["meta"]["created"]
    assert "revive|201|user.revived" in logged(database, client.org)


def test_revived_with_groups(client, jane):
    team(client, jane)
    by_path(client, jane, {"active": False})
    answer = client.post("/Users", JANE)
    assert answer.json == client.get(f"/Users/{jane['id']}").json and answer.json["groups"]


@pytest.mark.parametrize("revive, same", [("external_id", False), ("user_name", True), ("never", False)])
@pytest.mark.parametrize("kept", [False, True])
def test_revived_by_user_name(client, jane, database, revive, same, kept):
    configure(database, client.org, on_delete="'suspend'", revive=f"'{revive}'")
    by_delete(client, jane) if kept else by_path(client, jane, {"active": False})
    answer = client.post("/Users", {"schemas": [USER], "userName": "Jane@Example.com"})
    assert answer.status == (201 if same or kept else 409), answer
    assert (answer.json.get("id") == jane["id"]) == same


def test_the_latest_of_the_kept_comes_back(client, jane, database):
    configure(database, client.org, on_delete="'suspend'", revive="'never'")
    by_delete(client, jane)
    later = client.create(JANE["userName"])
    by_delete(client, later)
    configure(database, client.org, revive="'user_name'")
    assert client.create(JANE["userName"])["id"] == later["id"]


@pytest.mark.parametrize("others", ["active", "kept", "inactive"])
def test_nobody_comes_back_in_doubt(client, jane, database, others):
    """externalId is not unique: who is meant must be plain."""
    configure(database, client.org, on_delete="'suspend'", revive="'never'")
    other = client.create("other", externalId="00u1")
    {"active": lambda *_: None, "kept": by_delete, "inactive": lambda *_: by_path(client, other, {"active": False})}[
        others](client, other)
    by_path(client, jane, {"active": False})
    configure(database, client.org, revive="'external_id'")
    assert client.create("third", externalId="00u1")["id"] not in (jane["id"], other["id"])


def test_reviving_does_not_take_a_name(client, jane, database, refused):
    configure(database, client.org, on_delete="'suspend'")
    client.create("other")
    by_delete(client, jane)
    refused(lambda: client.post("/Users", {**JANE, "userName": "OTHER"}), 409, "uniqueness", "another person")
    assert client.create(JANE["userName"], externalId="00u1")["id"] == jane["id"]


def test_revived_as_inactive(client, jane, database):
    configure(database, client.org, on_deactivate="'remove'")
    by_path(client, jane, {"active": False})
    assert client.create("j2", externalId="00u1", active=False)["id"] == jane["id"]
    assert life(database, client.org) == "suspended|-|-|f"


@pytest.mark.parametrize("kept", [False, True])
def test_many_revive_one_once(client, jane, database, front, kept):
    configure(database, client.org, on_delete="'suspend'")
    by_delete(client, jane) if kept else by_path(client, jane, {"active": False})
    start = Barrier(8)

    def ask(_):
        own = Client(front.url(client.org), client.token, timeout=60)
        try:
            start.wait()
            return own.post("/Users", JANE)
        finally:
            own.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert sorted(answer.status for answer in answers) == [201] + [409] * 7
    assert [answer.json["id"] for answer in answers if answer.status == 201] == [jane["id"]]
    assert logged(database, client.org).count("revive|201|user.revived") == 1


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0)])
def test_references_of_a_bulk_mean_who_came_back(client, jane, database, order):
    configure(database, client.org, on_delete="'suspend'")
    by_delete(client, jane)
    asked = [{"method": "POST", "path": "/Users", "bulkId": "j", "data": JANE},
             {"method": "POST", "path": "/Groups", "bulkId": "g",
              "data": {"displayName": "Team", "members": [{"value": "bulkId:j"}]}},
             {"method": "PATCH", "path": "/Users/bulkId:j", "data": operations("", {"title": "Boss"})}]
    answers = bulk(client, *(asked[place] for place in order))
    assert {answer.status for answer in answers} == {200, 201}
    back = client.get(f"/Users/{jane['id']}").json
    assert back["title"] == "Boss" and [group["display"] for group in back["groups"]] == ["Team"]
    assert client.get("/Users").json["totalResults"] == 1


@deleting
def test_nobody_keeps_a_manager_who_is_gone(client, jane, delete):
    manager = {ENTERPRISE: {"manager": {"value": jane["id"], "displayName": "Jane"}, "department": "R"}}
    report = client.create("report", **manager)
    other = client.create("other", **{ENTERPRISE: {"manager": {"value": report["id"]}}})
    assert delete(client, jane).status == 204
    after = client.get(f"/Users/{report['id']}").json
    assert after[ENTERPRISE] == {"department": "R"} and after["meta"]["version"] == 'W/"2"'
    assert client.get(f"/Users/{other['id']}").json == other


@deleting
def test_the_guard_is_asked(client, jane, database, refused, delete):
    configure(database, client.org, guard_per_hour=0, guard_percent=0)
    refused(lambda: delete(client, jane), 429, None, "release the guard")
    refused(lambda: by_path(client, jane, {"active": False}), 429, None, "release the guard")
    assert by_path(client, jane, {"title": "Boss"}).status == 200
