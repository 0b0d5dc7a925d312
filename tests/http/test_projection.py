"""attributes and excludedAttributes, on every operation that answers a resource (RFC 7644 3.4.2.5, 3.9)."""
import pytest

from harness.client import ENTERPRISE

# What no web server can change.
pytestmark = pytest.mark.any_front

ALWAYS = {"id", "schemas"}


@pytest.fixture
def person(acme, unique):
    return acme.create(unique, name={"givenName": "Ada", "familyName": "L"}, title="Countess",
                       emails=[{"value": "ada@example.com", "type": "work"}, {"value": "a@example.org"}],
                       **{ENTERPRISE: {"department": "Engines", "costCenter": "7"}})


def body(resource, *names):
    """The named attributes of a resource, and those that are always returned."""
    return {name: resource[name] for name in resource if name in {*ALWAYS, *names}}


@pytest.mark.parametrize("query, expected", [
    ("attributes=userName", lambda p: body(p, "userName")),
    ("attributes=USERNAME,Title", lambda p: body(p, "userName", "title")),
    ("attributes=name.familyName", lambda p: {**body(p), "name": {"familyName": "L"}}),
    ("attributes=emails.type", lambda p: {**body(p), "emails": [{"type": "work"}]}),
    ("attributes=emails.value", lambda p: {**body(p), "emails": [{"value": e["value"]} for e in p["emails"]]}),
    ("attributes=urn:ietf:params:scim:schemas:core:2.0:User:userName", lambda p: body(p, "userName")),
    (f"attributes={ENTERPRISE}", lambda p: body(p, ENTERPRISE)),
    (f"attributes={ENTERPRISE}:department", lambda p: {**body(p), ENTERPRISE: {"department": "Engines"}}),
    ("attributes=meta.version", lambda p: {**body(p), "meta": {"version": p["meta"]["version"]}}),
    ("attributes=nothingLikeThis", body),
    ("attributes=password", body),
    ("excludedAttributes=title,emails", lambda p: {n: v for n, v in p.items() if n not in ("title", "emails")}),
    ("excludedAttributes=id,schemas", lambda p: p),
    ("excludedAttributes=name.givenName", lambda p: {**p, "name": {"familyName": "L"}}),
    ("excludedAttributes=meta", lambda p: {n: v for n, v in p.items() if n != "meta"}),
    (f"excludedAttributes={ENTERPRISE}:costCenter", lambda p: {**p, ENTERPRISE: {"department": "Engines"}}),
    ("excludedAttributes=members", lambda p: p),
])
def test_read(acme, person, query, expected):
    answer = acme.get(f"/Users/{person['id']}?{query}")
    got = answer.json
    for resource in (got, want := dict(expected(person))):
        if "emails" in resource:    # an element of which nothing is left may stay as {} or go
            resource["emails"] = [email for email in resource["emails"] if email]
    # An extension that is not shown may, but need not, stay in schemas.
    assert {**got, "schemas": None} == {**want, "schemas": None}
    assert answer.headers["etag"] == person["meta"]["version"]


def test_list(acme, person):
    page = acme.get(f"/Users?filter=userName%20eq%20%22{person['userName']}%22&attributes=userName").json
    assert [set(resource) - ALWAYS for resource in page["Resources"]] == [{"userName"}]
    page = acme.get(f"/Users?filter=userName%20eq%20%22{person['userName']}%22&excludedAttributes=emails,name").json
    assert set(page["Resources"][0]) == set(person) - {"emails", "name"}


def test_writes(acme, person, unique):
    created = acme.post("/Users?attributes=title", {"userName": unique + "x", "title": "T"})
    assert set(created.json) == ALWAYS | {"title"}
    assert created.headers["location"].endswith(created.json["id"])
    address = f"/Users/{person['id']}"
    assert set(acme.put(f"{address}?attributes=userName", {"userName": unique}).json) == ALWAYS | {"userName"}
    change = {"op": "add", "path": "title", "value": "new"}
    assert set(acme.patch(f"{address}?attributes=title", change).json) == ALWAYS | {"title"}
    assert "title" not in acme.patch(f"{address}?excludedAttributes=title", change).json


def test_both_at_once_are_refused(acme, person):
    """RFC 7644 3.9: the two are mutually exclusive."""
    assert acme.get(f"/Users/{person['id']}?attributes=title&excludedAttributes=name").status == 400
