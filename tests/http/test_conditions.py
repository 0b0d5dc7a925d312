"""Versions: ETag, If-Match and If-None-Match (RFC 7644 3.14, RFC 9110 13)."""
import pytest

from harness.client import PATCH_OP

SAME = ['W/"1"', '"1"', "*", 'W/"7", W/"1"', '"7","1"', 'W/"1-gzip"', '"1-gzip"', 'W/"1-br"', 'W/"1-deflate"',
        '"a,b", W/"1"']
DIFFERENT = ['W/"2"', '"0"', 'W/"11"', 'W/"1-zip"', 'W/"7", W/"8"', '""', "1", "nonsense"]


@pytest.fixture
def person(acme, unique):
    return acme.create(unique)


def writes(person):
    """Each way to change a person."""
    address = f"/Users/{person['id']}"
    change = {"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "title", "value": "changed"}]}
    return [("PUT", address, {"userName": person["userName"], "title": "changed"}), ("PATCH", address, change),
            ("DELETE", address, None)]


@pytest.mark.parametrize("tags", SAME)
def test_read_of_a_known_version(acme, person, tags):
    answer = acme.get(f"/Users/{person['id']}", headers={"If-None-Match": tags})
    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers["etag"] == 'W/"1"'


@pytest.mark.parametrize("tags", DIFFERENT)
def test_read_of_another_version(acme, person, tags):
    answer = acme.get(f"/Users/{person['id']}", headers={"If-None-Match": tags})
    assert (answer.status, answer.json) == (200, person)


def test_read_under_a_condition(acme, person):
    """Apache would answer 412 to a weak If-Match by itself if the responder printed no status line."""
    address = f"/Users/{person['id']}"
    assert acme.get(address, headers={"If-Match": 'W/"1"'}).status == 200
    acme.get(address, headers={"If-Match": 'W/"2"'}).error(412)


@pytest.mark.parametrize("tags", SAME)
def test_write_of_the_current_version(acme, unique, tags):
    for serial in range(3):
        method, address, body = writes(acme.create(f"{unique}-{serial}"))[serial]
        status = acme.request(method, address, body, headers={"If-Match": tags}).status
        assert status == (204 if method == "DELETE" else 200)


@pytest.mark.parametrize("tags", DIFFERENT)
def test_write_of_a_stale_version(acme, person, tags):
    for method, address, body in writes(person):
        acme.request(method, address, body, headers={"If-Match": tags}).error(412)
    assert acme.get(f"/Users/{person['id']}").json == person


@pytest.mark.parametrize("tags", ["*", 'W/"1"', '"5", "1"'])
def test_write_unless_it_is_there(acme, person, tags):
    for method, address, body in writes(person):
        acme.request(method, address, body, headers={"If-None-Match": tags}).error(412)
    assert acme.get(f"/Users/{person['id']}").json == person


def test_a_condition_on_nobody_is_not_found(acme):
    """The resource is not there: 404 says more than 412."""
    acme.get("/Users/00000000-0000-0000-0000-000000000000", headers={"If-Match": "*"}).error(404)


def test_a_version_counts_changes_only(acme, person):
    address = f"/Users/{person['id']}"
    change = {"op": "replace", "path": "title", "value": "x"}
    assert acme.patch(address, change).json["meta"]["version"] == 'W/"2"'
    again = acme.patch(address, change)
    assert again.json["meta"]["version"] == again.headers["etag"] == 'W/"2"'
    assert acme.patch(address, {"op": "remove", "path": "title"}).json["meta"]["version"] == 'W/"3"'
    assert acme.get(address).json["meta"]["lastModified"] > person["meta"]["lastModified"]
