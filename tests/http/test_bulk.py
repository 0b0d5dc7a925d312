"""Many operations in one request (RFC 7644 3.7)."""
import json

import pytest

from harness.client import ENTERPRISE, GROUP, PATCH_OP, USER, Client

# What no web server can change.
pytestmark = pytest.mark.any_front

BULK_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
BULK_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
NOBODY = "00000000-0000-4000-8000-000000000000"
MAX_OPERATIONS, MAX_BYTES = 1000, 10 * 1024 * 1024


def user(bulk_id, user_name, **attributes):
    return {"method": "POST", "path": "/Users", "bulkId": bulk_id,
            "data": {"schemas": [USER], "userName": user_name, **attributes}}


def group(bulk_id, display_name, *members):
    return {"method": "POST", "path": "/Groups", "bulkId": bulk_id,
            "data": {"schemas": [GROUP], "displayName": display_name,
                     "members": [{"value": member} for member in members]}}


def patch(path, *operations, **more):
    return {"method": "PATCH", "path": path, "data": {"schemas": [PATCH_OP], "Operations": list(operations)}, **more}


def add_members(path, *members):
    return patch(path, {"op": "add", "path": "members", "value": [{"value": member} for member in members]})


def delete(path, **more):
    return {"method": "DELETE", "path": path, **more}


def send(client, *operations, **more):
    """The operations of the answer; what holds for all of them has been checked."""
    answer = client.post("/Bulk", {"schemas": [BULK_REQUEST], "Operations": list(operations), **more})
    assert answer.status == 200, answer
    assert answer.json["schemas"] == [BULK_RESPONSE]
    results = answer.json["Operations"]
    for result in results:
        assert isinstance(result["status"], str)
        failed = int(result["status"]) >= 400
        assert ("response" in result) == failed, result
        if failed:
            assert result["response"]["status"] == result["status"]
            assert result["response"]["detail"]
        if result.get("method") == "POST":
            assert ("location" in result) != failed, result
        else:
            assert "version" not in result or not failed
    return results


def statuses(results):
    return [int(result["status"]) for result in results]


def id_of(result):
    return result["location"].rsplit("/", 1)[1]


def members_of(client, identity):
    return {member["value"] for member in client.get(f"/Groups/{identity}").json.get("members", [])}


def total(client, path):
    return client.get(f"{path}?count=0").json["totalResults"]


def test_every_method(organization):
    client = organization()
    alice, bob, team = send(client, user("a", "alice"), user("b", "bob"), group("t", "team", "bulkId:a"))
    assert [(r["method"], r["bulkId"], r["status"], r["version"]) for r in (alice, bob, team)] == [
        ("POST", "a", "201", 'W/"1"'), ("POST", "b", "201", 'W/"1"'), ("POST", "t", "201", 'W/"1"')]
    assert alice["location"] == f"{client.url}/Users/{id_of(alice)}"
    results = send(
        client,
        patch(f"/Users/{id_of(alice)}", {"op": "add", "path": "title", "value": "Chief"}),
        {"method": "PUT", "path": f"/Groups/{id_of(team)}",
         "data": {"displayName": "crew", "members": [{"value": id_of(bob)}]}},
        {"method": "PUT", "path": f"/Users/{id_of(bob)}", "data": {"userName": "bobby"}, "bulkId": "echoed"},
        add_members(f"/Groups/{id_of(team)}", id_of(alice)),
        delete(f"/Users/{id_of(bob)}"))
    assert statuses(results) == [200, 200, 200, 200, 204]
    assert [result["method"] for result in results] == ["PATCH", "PUT", "PUT", "PATCH", "DELETE"]
    assert results[2]["bulkId"] == "echoed"
    assert "version" not in results[4] and results[4]["location"] == bob["location"]
    after = client.get(f"/Groups/{id_of(team)}")
    assert after.json["displayName"] == "crew" and members_of(client, id_of(team)) == {id_of(alice)}
    assert client.get(f"/Users/{id_of(alice)}").json["title"] == "Chief"
    client.get(f"/Users/{id_of(bob)}").error(404)


def test_versions_are_those_of_the_resources(organization):
    client = organization()
    results = send(client, group("g", "waits", "bulkId:u"), user("u", "comes"), group("h", "knows", "bulkId:u"),
                   patch("/Users/bulkId:u", {"op": "add", "path": "title", "value": "x"}))
    for result in (results[0], results[2], results[3]):
        assert client.get(result["location"].removeprefix(client.url)).headers["etag"] == result["version"]


def test_a_version_is_a_condition(organization):
    client = organization()
    person, team = send(client, user("u", "somebody"), group("g", "some"))
    change = {"op": "replace", "path": "displayName", "value": "new"}
    results = send(client,
                   patch(f"/Users/{id_of(person)}", change, version='W/"7"'),
                   {"method": "PUT", "path": f"/Users/{id_of(person)}", "version": 'W/"7"', "data": {"userName": "x"}},
                   delete(f"/Users/{id_of(person)}", version='W/"7"'),
                   delete(f"/Groups/{id_of(team)}", version='W/"7"'),
                   patch(f"/Users/{id_of(person)}", change, version=person["version"]),
                   patch(f"/Users/{id_of(person)}", change, version=person["version"]),
                   delete(f"/Groups/{id_of(team)}", version=team["version"]),
                   delete(f"/Users/{id_of(person)}", version=1))
    assert statuses(results) == [412, 412, 412, 412, 200, 412, 204, 400]
    assert client.get(f"/Users/{id_of(person)}").json["displayName"] == "new"


def test_members_that_are_made_later(organization):
    client = organization()
    results = send(client, group("g", "early", "bulkId:u1", "bulkId:u2"), user("u1", "one"), user("u2", "two"))
    assert statuses(results) == [201, 201, 201]
    team, one, two = map(id_of, results)
    assert members_of(client, team) == {one, two}
    assert client.get(f"/Users/{one}").json["groups"][0]["value"] == team


def test_groups_that_contain_each_other(organization):
    client = organization()
    results = send(client, group("a", "A", "bulkId:b"), group("b", "B", "bulkId:c"), group("c", "C", "bulkId:a"))
    assert statuses(results) == [201] * 3
    a, b, c = map(id_of, results)
    assert (members_of(client, a), members_of(client, b), members_of(client, c)) == ({b}, {c}, {a})


def test_a_group_is_not_its_own_member(organization):
    client = organization()
    results = send(client, group("a", "A", "bulkId:a"))
    assert statuses(results) == [400] and results[0]["response"]["scimType"] == "invalidValue"
    assert total(client, "/Groups") == 0


@pytest.mark.parametrize("manager_first", [True, False])
def test_managers(organization, manager_first):
    client = organization()
    boss = user("boss", "boss")
    worker = user("worker", "worker", **{ENTERPRISE: {"manager": {"value": "bulkId:boss"}}})
    results = {r["bulkId"]: r for r in send(client, *([boss, worker] if manager_first else [worker, boss]))}
    got = client.get(f"/Users/{id_of(results['worker'])}").json
    assert got[ENTERPRISE]["manager"]["value"] == id_of(results["boss"])


def test_a_chain_of_managers(organization):
    client = organization()
    results = send(client, user("0", "p0"), *(
        user(str(n), f"p{n}", **{ENTERPRISE: {"manager": {"value": f"bulkId:{n - 1}"}}}) for n in range(1, 30)))
    assert set(statuses(results)) == {201}
    for before, result in zip(results, results[1:], strict=False):
        got = client.get(f"/Users/{id_of(result)}").json
        assert got[ENTERPRISE]["manager"]["value"] == id_of(before)


@pytest.mark.parametrize("later", [True, False], ids=["forward", "backward"])
def test_references_in_the_path(organization, later):
    client = organization()
    known = client.create("known")["id"]
    uses = [add_members("/Groups/bulkId:g", known, "bulkId:u"),
            patch("/Users/bulkId:u", {"op": "add", "path": "title", "value": "t"}),
            patch("/Groups/bulkId:g", {"op": "remove", "path": f'members[value eq "{known}"]'})]
    makes = [user("u", "made"), group("g", "made")]
    results = send(client, *(uses + makes if later else makes + uses))
    assert sorted(statuses(results)) == [200, 200, 200, 201, 201]
    made = {r["bulkId"]: id_of(r) for r in results if "bulkId" in r}
    assert members_of(client, made["g"]) == {made["u"]}
    assert client.get(f"/Users/{made['u']}").json["title"] == "t"


def test_a_reference_in_a_value_path(organization):
    client = organization()
    results = send(client, user("u", "out"), user("v", "in"), group("g", "g", "bulkId:u", "bulkId:v"),
                   patch("/Groups/bulkId:g", {"op": "remove", "path": 'members[value eq "bulkId:u"]'}))
    assert statuses(results) == [201, 201, 201, 200]
    assert members_of(client, id_of(results[2])) == {id_of(results[1])}


@pytest.mark.parametrize("taken_out", [
    lambda: {"method": "PUT", "path": "/Groups/bulkId:g", "data": {"displayName": "g", "members": []}},
    lambda: patch("/Groups/bulkId:g", {"op": "remove", "path": "members", "value": [{"value": "bulkId:u"}]}),
    lambda: patch("/Groups/bulkId:g", {"op": "remove", "path": "members"}),
], ids=["PUT", "remove one", "remove all"])
def test_a_member_taken_out_before_being_made(organization, taken_out):
    client = organization()
    results = send(client, group("g", "g", "bulkId:u"), taken_out(), user("u", "never in"))
    assert statuses(results) == [201, 200, 201]
    assert members_of(client, id_of(results[0])) == set()


def test_a_group_deleted_before_its_member_is_made(organization):
    client = organization()
    assert statuses(send(client, group("g", "g", "bulkId:u"), delete("/Groups/bulkId:g"), user("u", "u"))) == [
        201, 204, 201]
    assert total(client, "/Groups") == 0


def test_a_failed_change_takes_no_member_out(organization):
    """The PUT empties the group and fails by its name: the member still comes."""
    client = organization()
    results = send(client, group("x", "taken"), group("g", "g", "bulkId:u"),
                   {"method": "PUT", "path": "/Groups/bulkId:g", "data": {"displayName": "Taken"}}, user("u", "u"))
    assert statuses(results) == [201, 201, 409, 201]
    assert members_of(client, id_of(results[1])) == {id_of(results[3])}


def test_who_refers_to_a_failure_fails(organization):
    """Forward, backward, in the path, as manager, and through others; nothing of them remains."""
    client = organization()
    client.create("taken")
    results = send(client,
                   group("g1", "forward", "bulkId:bad"),
                   group("g2", "through another", "bulkId:g1"),
                   patch("/Groups/bulkId:g1", {"op": "replace", "path": "displayName", "value": "x"}),
                   user("m", "managed", **{ENTERPRISE: {"manager": {"value": "bulkId:bad"}}}),
                   user("good", "good"),
                   user("bad", "TAKEN"),
                   group("g3", "backward", "bulkId:good", "bulkId:bad"),
                   delete("/Users/bulkId:bad"),
                   group("g4", "fine", "bulkId:good"))
    assert statuses(results) == [409, 409, 409, 409, 201, 409, 409, 409, 201]
    assert "bulkId:bad" in results[0]["response"]["detail"]
    assert results[5]["response"]["scimType"] == "uniqueness"
    assert (total(client, "/Users"), total(client, "/Groups")) == (2, 1)


def test_a_long_chain_of_failures(organization):
    """Each waits for the next, and the last fails."""
    client = organization()
    results = send(client, *(group(str(n), f"g{n}", f"bulkId:{n + 1}") for n in range(40)),
                   group("40", ""), user("u", "free"))
    assert statuses(results) == [409] * 40 + [400, 201]
    assert total(client, "/Groups") == 0


def test_failures_that_depend_on_each_other(organization):
    """
    Each round of giving up lets another operation run, which makes one more fail. However it ends,
    every status is the truth.
    """
    client = organization()
    operations = []
    for n in range(12):
        operations += [group(f"a{n}", f"name {n}", f"bulkId:b{n}"), group(f"b{n}", f"name {n}"),
                       group(f"c{n}", f"name {n + 1}", f"bulkId:b{n}")]
    results = send(client, *operations)
    made = {r["bulkId"] for r in results if r["status"] == "201"}
    assert set(statuses(results)) <= {201, 409}
    listed = {g["displayName"]: g for g in client.get("/Groups?count=100").json["Resources"]}
    assert {g["id"] for g in listed.values()} == {id_of(r) for r in results if r["status"] == "201"}
    for bulk_id in made:
        if bulk_id[0] in "ac":
            assert f"b{bulk_id[1:]}" in made


@pytest.mark.parametrize("limit, ran", [(None, 7), (0, 7), (1, 2), (2, 4), (3, 7), (4, 7)])
def test_fail_on_errors(organization, limit, ran):
    client = organization()
    client.create("taken")
    more = {} if limit is None else {"failOnErrors": limit}
    results = send(client, user("1", "a"), user("2", "taken"), user("3", "b"), user("4", ""), user("5", "c"),
                   group("6", "g"), delete(f"/Users/{NOBODY}"), **more)
    assert statuses(results) == [201, 409, 201, 400, 201, 201, 404][:ran]
    names = {u["userName"] for u in client.get("/Users").json["Resources"]}
    assert names == {"taken", "a", *("b" for _ in range(ran > 2)), *("c" for _ in range(ran > 4))}


def test_an_operation_that_waits_for_one_that_is_not_run(organization):
    client = organization()
    results = send(client, group("g", "waits", "bulkId:u"), user("x", ""), user("u", "not run"), failOnErrors=1)
    assert statuses(results) == [409]
    assert total(client, "/Users") == total(client, "/Groups") == 0


def test_errors_are_counted_over_all_pieces(organization):
    client = organization()
    operations = [user(str(n), f"p{n // 2}") for n in range(500)]
    results = send(client, *operations, failOnErrors=200)
    assert statuses(results) == [201, 409] * 200
    assert total(client, "/Users") == 200


@pytest.mark.parametrize("operation, scim_type", [
    ({"method": "GET", "path": f"/Users/{NOBODY}"}, "invalidValue"),
    ({"method": "COPY", "path": f"/Users/{NOBODY}"}, "invalidValue"),
    ({"path": f"/Users/{NOBODY}"}, "invalidSyntax"),
    ({"method": "DELETE"}, "invalidSyntax"),
    ({"method": "DELETE", "path": "/Users"}, "invalidValue"),
    ({"method": "DELETE", "path": "/Nothing/1"}, "invalidValue"),
    ({"method": "DELETE", "path": "/ServiceProviderConfig/1"}, "invalidValue"),
    ({"method": "DELETE", "path": "/Users/bulkId:nobody"}, "invalidValue"),
    ({"method": "POST", "path": "/Bulk", "bulkId": "x", "data": {"Operations": []}}, "invalidValue"),
    ({"method": "POST", "path": "/Users", "data": {"userName": "u"}}, "invalidSyntax"),
    ({"method": "POST", "path": "/Users", "bulkId": "x"}, "invalidSyntax"),
    ({"method": "POST", "path": "/Users", "bulkId": "x", "data": []}, "invalidSyntax"),
    ({"method": "POST", "path": "/Users", "bulkId": "x", "data": {"title": "nameless"}}, "invalidValue"),
    ({"method": "POST", "path": "/Groups", "bulkId": "x",
      "data": {"displayName": "g", "members": [{"value": NOBODY}]}}, "invalidValue"),
    ({"method": "POST", "path": "/Groups", "bulkId": "x",
      "data": {"displayName": "g", "members": [{"value": "bulkId:nobody"}]}}, "invalidValue"),
    ("text", "invalidSyntax"),
])
def test_one_bad_operation(organization, operation, scim_type):
    client = organization()
    results = send(client, user("a", "before"), operation, user("b", "after"))
    assert statuses(results) == [201, 400, 201]
    assert results[1]["response"]["scimType"] == scim_type
    assert total(client, "/Users") == 2 and total(client, "/Groups") == 0


def test_ids_that_are_nobodys(organization):
    client = organization()
    assert statuses(send(client, delete(f"/Users/{NOBODY}"), delete("/Groups/nobody"),
                         patch(f"/Groups/{NOBODY}", {"op": "remove", "path": "members"}))) == [404] * 3


def test_a_bulk_id_that_occurs_twice(organization):
    client = organization()
    results = send(client, user("u", "first"), user("u", "second"), group("g", "g", "bulkId:u"))
    assert statuses(results) == [201, 400, 201]
    assert results[1]["response"]["scimType"] == "invalidValue"
    assert members_of(client, id_of(results[2])) == {id_of(results[0])}


def test_what_only_the_database_refuses(organization):
    """One ligature of 3 bytes is 33 when it is folded: too long for the index; the others of its round trip live."""
    client = organization()
    results = send(client, user("a", "a"), user("b", "\ufdfa" * 200), user("c", "c"))
    assert statuses(results) == [201, 400, 201]
    assert {u["userName"] for u in client.get("/Users").json["Resources"]} == {"a", "c"}


def test_names_taken_within_the_bulk(organization):
    client = organization()
    results = send(client, user("a", "Same"), user("b", "sAME"), delete("/Users/bulkId:a"), user("c", "same"),
                   group("g", "same"), group("h", "SAME"))
    assert statuses(results) == [201, 409, 204, 201, 201, 409]


def test_other_organizations_are_nobody(acme, other, unique):
    foreign = other.create(unique)["id"]
    results = send(acme, delete(f"/Users/{foreign}"), group("g", unique, foreign))
    assert statuses(results) == [404, 400]
    assert other.get(f"/Users/{foreign}").status == 200


@pytest.mark.parametrize("scopes, expected", [
    ("users", [201, 403, 204]), ("groups", [403, 201, 403]), ("read", [403, 403, 403]),
])
def test_scopes(front, organization, database, scopes, expected):
    client = organization()
    person = client.create("somebody")["id"]
    limited = Client(client.url, database.token(client.org, scopes=scopes))
    assert statuses(send(limited, user("u", "new"), group("g", "new"), delete(f"/Users/{person}"))) == expected
    limited.close()


@pytest.mark.parametrize("body, status", [
    ({"Operations": []}, 400), ({}, 400), ({"Operations": {}}, 400), (b"{", 400), (b"[]", 400),
    ({"schemas": [PATCH_OP], "Operations": [delete("/Users/1")]}, 400),
    ({"failOnErrors": "one", "Operations": [delete("/Users/1")]}, 400),
])
def test_what_is_no_bulk_request(acme, body, status):
    acme.post("/Bulk", body).error(status, "invalidSyntax")


def test_other_methods(acme):
    assert acme.get("/Bulk").headers["allow"] == "POST"
    acme.get("/Bulk").error(405)
    acme.request("GET", "/Bulk/1").error(404)


def test_limits_are_those_announced(organization):
    client = organization()
    announced = client.get("/ServiceProviderConfig").json["bulk"]
    assert announced == {"supported": True, "maxOperations": MAX_OPERATIONS, "maxPayloadSize": MAX_BYTES}
    operations = [user(str(n), f"person {n}") for n in range(MAX_OPERATIONS + 1)]
    detail = client.post("/Bulk", {"Operations": operations}).error(413)
    assert "maxOperations" in detail and str(MAX_OPERATIONS) in detail
    assert total(client, "/Users") == 0
    results = send(client, *operations[:-1])
    assert set(statuses(results)) == {201}
    assert [result["bulkId"] for result in results] == [str(n) for n in range(MAX_OPERATIONS)]
    assert total(client, "/Users") == MAX_OPERATIONS


def test_the_payload_limit(acme, unique):
    body = json.dumps({"Operations": [user("a", unique)]}).encode()
    detail = acme.post("/Bulk", body.ljust(MAX_BYTES + 1)).error(413)
    assert "maxPayloadSize" in detail and str(MAX_BYTES) in detail
    answer = acme.post("/Bulk", body.ljust(MAX_BYTES))
    assert answer.status == 200 and answer.json["Operations"][0]["status"] == "201"


def test_a_piece_that_is_longer_because_of_who_waits(organization):
    """The first operation waits for the last: all of them are one transaction."""
    client = organization()
    people = [user(str(n), f"p{n}") for n in range(300)]
    results = send(client, group("g", "all", *(f"bulkId:{n}" for n in range(300))), *people)
    assert set(statuses(results)) == {201}
    got = client.get(f"/Groups/{id_of(results[0])}")
    assert {m["value"] for m in got.json["members"]} == {id_of(result) for result in results[1:]}
    assert got.headers["etag"] == results[0]["version"]
