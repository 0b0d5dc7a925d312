"""PATCH as RFC 7644 3.5.2 has it and as identity providers really send it."""
import pytest

from harness.client import ENTERPRISE, GROUP, PATCH_OP, USER

# What no web server can change.
pytestmark = pytest.mark.any_front

PERSON = {
    "name": {"givenName": "Ada", "familyName": "Lovelace"},
    "title": "Countess",
    "emails": [{"value": "ada@work.example", "type": "work", "primary": True},
               {"value": "ada@home.example", "type": "home"}],
    ENTERPRISE: {"department": "Engines", "manager": {"value": "7"}},
}


@pytest.fixture
def person(acme, unique):
    return acme.create(unique, **PERSON)


def patched(acme, person, *operations):
    """The person after a PATCH that must succeed; what it answered is what a GET shows."""
    answer = acme.patch(f"/Users/{person['id']}", *operations)
    assert answer.status == 200, answer
    assert answer.json == acme.get(f"/Users/{person['id']}").json
    assert answer.headers["etag"] == answer.json["meta"]["version"]
    return answer.json


def operation(op, path=None, **value):
    return {"op": op, **({"path": path} if path else {}), **value}


def email(person, kind):
    return [each["value"] for each in person["emails"] if each["type"] == kind]


# Each: the operations, where to look, what must be there.
FORMS = {
    "replace": ([operation("replace", "title", value="Dr")], "title", "Dr"),
    "op in capitals (Entra)": ([operation("Replace", "title", value="Dr")], "title", "Dr"),
    "path in capitals": ([operation("ADD", "TITLE", value="Dr")], "title", "Dr"),
    "qualified path": ([operation("replace", f"{USER}:name.givenName", value="A")], "name",
                       {"givenName": "A", "familyName": "Lovelace"}),
    "active as a string (Entra)": ([operation("Replace", "active", value="False")], "active", False),
    "active without path (Okta)": ([operation("replace", value={"active": False})], "active", False),
    "dotted keys without path (Entra)": ([operation("replace", value={"name.givenName": "A", "title": "B"})], "name",
                                         {"givenName": "A", "familyName": "Lovelace"}),
    "nested without path merges": ([operation("add", value={"name": {"givenName": "A"}})], "name",
                                   {"givenName": "A", "familyName": "Lovelace"}),
    "URN keys without path (Entra)": ([operation("replace", value={f"{ENTERPRISE}:department": "D"})], ENTERPRISE,
                                      {"department": "D", "manager": {"value": "7"}}),
    "extension object without path": ([operation("add", value={ENTERPRISE: {"department": "D"}})], ENTERPRISE,
                                      {"department": "D", "manager": {"value": "7"}}),
    "filtered key without path": ([operation("add", value={'emails[type eq "home"].value': "x@y"})], "emails",
                                  [PERSON["emails"][0], {"value": "x@y", "type": "home"}]),
    "extension path": ([operation("Add", f"{ENTERPRISE}:department", value="D")], ENTERPRISE,
                       {"department": "D", "manager": {"value": "7"}}),
    "whole extension": ([operation("remove", ENTERPRISE)], ENTERPRISE, None),
    "manager as a bare string": ([operation("Replace", f"{ENTERPRISE}:manager", value="9")], ENTERPRISE,
                                 {"department": "Engines", "manager": {"value": "9"}}),
    "manager as an object": ([operation("Replace", f"{ENTERPRISE}:manager", value={"value": "9"})], ENTERPRISE,
                             {"department": "Engines", "manager": {"value": "9"}}),
    "manager cleared by an empty value": ([operation("replace", f"{ENTERPRISE}:manager", value={"value": ""})],
                                          ENTERPRISE, {"department": "Engines"}),
    "manager cleared by an empty string": ([operation("replace", f"{ENTERPRISE}:manager", value="")],
                                           ENTERPRISE, {"department": "Engines"}),
    "manager removed": ([operation("Remove", f"{ENTERPRISE}:manager")], ENTERPRISE, {"department": "Engines"}),
    "one value of many": ([operation("replace", 'emails[type eq "work"].value', value="x@y")], "emails",
                          [{"value": "x@y", "type": "work", "primary": True}, PERSON["emails"][1]]),
    "element made by add": ([operation("Add", 'phoneNumbers[type eq "mobile"].value', value="1")], "phoneNumbers",
                            [{"type": "mobile", "value": "1"}]),
    "element made with a boolean": ([operation("add", 'roles[primary eq "True"].value', value="r")], "roles",
                                    [{"primary": True, "value": "r"}]),
    "element removed": ([operation("remove", 'emails[type eq "work"]')], "emails", [PERSON["emails"][1]]),
    "last element removed": ([operation("remove", "emails[value pr]")], "emails", None),
    "sub-attribute removed": ([operation("remove", 'emails[type eq "home"].type')], "emails",
                              [PERSON["emails"][0], {"value": "ada@home.example"}]),
    "add to a list": ([operation("add", "emails", value=[{"value": "n@y"}])], "emails",
                      [*PERSON["emails"], {"value": "n@y"}]),
    "add of an equal value": ([operation("add", "emails", value=PERSON["emails"])], "emails", PERSON["emails"]),
    "replace of a list": ([operation("replace", "emails", value=[{"value": "n@y"}])], "emails", [{"value": "n@y"}]),
    "a new primary value demotes the old": (
        [operation("add", "emails", value=[{"value": "n@y", "primary": True}])], "emails",
        lambda emails: [each["value"] for each in emails if each.get("primary")] == ["n@y"]),
    "null unassigns": ([operation("replace", "title", value=None)], "title", None),
    "remove": ([operation("remove", "title")], "title", None),
    "remove of what is not there": ([operation("remove", "nickName")], "nickName", None),
    "one after the other": ([operation("add", "title", value="A"), operation("replace", "title", value="B"),
                             operation("remove", "title"), operation("add", "title", value="C")], "title", "C"),
}


@pytest.mark.parametrize("form", FORMS)
def test_forms(acme, person, form):
    operations, name, expected = FORMS[form]
    after = patched(acme, person, *operations)
    if callable(expected):
        assert expected(after[name])
    else:
        assert after.get(name) == expected
    untouched = set(person) - {name, "title", "meta", "schemas"}
    assert {n: after.get(n) for n in untouched} == {n: person[n] for n in untouched}


REFUSED = [
    (operation("replace", "favouriteColour", value="x"), "invalidPath"),
    (operation("replace", "name.colour", value="x"), "invalidPath"),
    (operation("replace", "emails[", value="x"), "invalidPath"),
    (operation("replace", 'emails[type is "work"].value', value="x"), "invalidFilter"),
    (operation("remove"), "noTarget"),
    (operation("remove", 'emails[type eq "other"]'), "noTarget"),
    (operation("replace", 'emails[type eq "other"].value', value="x"), "noTarget"),
    (operation("add", 'phoneNumbers[type eq "a" or type eq "b"].value', value="x"), "noTarget"),
    (operation("replace", "id", value="x"), "mutability"),
    (operation("add", value={"id": "x"}), "mutability"),
    (operation("remove", "userName"), "mutability"),
    (operation("replace", "meta.version", value="x"), "mutability"),
    (operation("replace", "active", value="perhaps"), "invalidValue"),
    (operation("replace", "title", value={"a": 1}), "invalidValue"),
    (operation("replace", "userName", value=""), "invalidValue"),
    (operation("add", "title"), "invalidSyntax"),
    (operation("add", value="x"), "invalidSyntax"),
    (operation("move", "title", value="x"), "invalidSyntax"),
    ({"path": "title", "value": "x"}, "invalidSyntax"),
    ("x", "invalidSyntax"),
]


@pytest.mark.parametrize("wrong, scim_type", REFUSED, ids=[str(wrong) for wrong, _ in REFUSED])
def test_refused_and_nothing_done(acme, person, wrong, scim_type):
    """RFC 7644 3.5.2: atomic; the good operation before the bad one leaves no trace either."""
    good = operation("replace", "title", value="half done")
    answer = acme.patch(f"/Users/{person['id']}", good, wrong)
    assert answer.status == 400, answer
    # RFC 7644 table 9 admits either for a message that has no usable value.
    accepted = {scim_type} | ({"invalidValue"} if scim_type == "invalidSyntax" else set())
    assert answer.json["scimType"] in accepted, answer
    assert acme.get(f"/Users/{person['id']}").json == person


def test_message_forms(acme, person):
    address = f"/Users/{person['id']}"
    change = operation("replace", "title", value="x")
    assert acme.request("PATCH", address, {"Operations": [change]}).json["title"] == "x"
    assert acme.request("PATCH", address, {"SCHEMAS": [PATCH_OP], "operations": [
        {"OP": "replace", "PATH": "title", "VALUE": "y"}]}).json["title"] == "y"
    for wrong in ({"schemas": [PATCH_OP]}, {"schemas": [PATCH_OP], "Operations": []},
                  {"schemas": [PATCH_OP], "Operations": {}}, [change], {}):
        acme.request("PATCH", address, wrong).error(400, "invalidSyntax")
    assert acme.get(address).json["title"] == "y"


def test_an_id_that_agrees_is_ignored(acme, person):
    value = {"id": person["id"], "schemas": [USER], "title": "x", "meta": {"resourceType": "User"}}
    assert patched(acme, person, operation("replace", value=value))["title"] == "x"


def test_rename_to_a_taken_name(acme, person, unique):
    acme.create(unique + "taken")
    acme.patch(f"/Users/{person['id']}", operation("replace", "userName", value=f"{unique}TAKEN")).error(
        409, "uniqueness")
    assert acme.get(f"/Users/{person['id']}").json == person


def test_foreign_schemas_are_tolerated(acme, unique):
    """Entra adds a schema of its own to what it creates."""
    person = acme.post("/Users", {"schemas": [USER, "http://schemas.microsoft.com/2006/11/X"], "userName": unique})
    assert person.json["schemas"] == [USER]
    assert GROUP not in person.json["schemas"]
