"""Addresses and methods: what leads where, and what is refused (RFC 7644 3.2, RFC 3986 6)."""
import json

import pytest

from harness.client import Answer, Client, parse


@pytest.fixture
def person(acme, unique):
    return acme.create(unique)


def ask(client, target, method="GET", host="127.0.0.1"):
    """A request with exactly this target, which http.client would mend."""
    request = (f"{method} {target} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {client.token}\r\n"
               "Connection: close\r\n\r\n")
    return parse(client.raw(request.encode("latin-1")))


def test_unknown_addresses(acme):
    for path in ("/Robots", "/users", "/Users/x/y", "/Users/x/y/z", "/ServiceProviderConfig/x", "/Schemas/urn:example:x",
                 "/ResourceTypes/Robot", "/.search/x", "/Users/.search/x"):
        acme.get(path).error(404)


def test_a_trailing_slash_changes_nothing(acme, person):
    assert acme.get(f"/Users/{person['id']}/").json == person
    assert acme.get("/Users/?count=0").status == 200
    assert acme.get("/ServiceProviderConfig/").status == 200


@pytest.mark.parametrize("odd", ["/Users/./{id}", "/Users/../Users/{id}", "/Users//{id}", "//Users/{id}",
                                 "/Users/%2e/{id}", "/Users/%2E%2e/Users/{id}", "/Users/%2F{id}", "/Users%2F{id}",
                                 "/Users/{id}%00", "/Users/%zz", "/Users/%", "/Users/%4", "/Users/%FF", "/Users/{id};x=1",
                                 "/Users/%C0%AF", "/Users/%ED%A0%80", "/Users/{id}%0A"])
def test_odd_segments_reach_nothing(acme, person, odd):
    """An address that a server's access rules read otherwise than we do must not lead to data (trust.md 2.5)."""
    answer = ask(acme, acme.base + odd.format(id=person["id"]))
    assert answer.status in (400, 403, 404), answer
    assert person["userName"].encode() not in answer.body
    if answer.headers.get("content-type") == "application/scim+json":
        assert json.loads(answer.body)["status"] == str(answer.status)


def test_segments_are_decoded_one_by_one(acme, person):
    encoded = "".join(f"%{ord(letter):02X}" for letter in person["id"])
    assert acme.get(f"/%55sers/{encoded}").json == person
    assert acme.get("/Schemas/urn%3Aietf%3Aparams%3Ascim%3Aschemas%3Acore%3A2.0%3AUser").status == 200


def test_the_absolute_form_of_a_target(acme, person):
    host = f"127.0.0.1:{acme.port}"
    assert ask(acme, f"http://{host}{acme.base}/Users/{person['id']}", host=host).json == person


def test_printed_addresses_never_echo_the_host(acme, person):
    """An identity provider stores meta.location; whoever sends Host must not choose it."""
    answer = ask(acme, f"{acme.base}/Users/{person['id']}", host="evil.example")
    assert answer.status in (200, 400, 404, 421)
    assert b"evil" not in answer.body
    spoofed = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example", "X-Forwarded-Proto": "gopher"}
    answer = acme.get(f"/Users/{person['id']}", headers=spoofed)
    assert answer.json == person and "evil" not in str(answer.headers)


METHODS = {"/Users": {"GET", "POST"}, "/Users/{id}": {"GET", "PUT", "PATCH", "DELETE"}, "/ServiceProviderConfig": {"GET"},
           "/Schemas": {"GET"}, "/ResourceTypes": {"GET"}, "/ResourceTypes/User": {"GET"},
           "/Users/.search": {"POST"}}


@pytest.mark.parametrize("path", METHODS)
def test_methods(acme, person, path):
    address = path.format(id=person["id"])
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - METHODS[path]:
        answer = acme.request(method, address, b"{}" if method != "GET" else None)
        assert answer.status == 405, (method, answer)
        allowed = {name.strip() for name in answer.headers["allow"].split(",")}
        assert allowed - {"HEAD", "OPTIONS"} == METHODS[path]
    assert acme.get(f"/Users/{person['id']}").json == person


def test_invented_methods(acme, person):
    for method in ("FROB", "get", "PROPFIND"):
        answer = ask(acme, f"{acme.base}/Users/{person['id']}", method)
        assert answer.status in (400, 405, 501), answer


def test_me_is_not_supported(acme):
    acme.get("/Me").error(501)


def test_other_versions_are_refused(front, tokens):
    """RFC 7644 3.13: an unsupported version in the address."""
    client = Client(front.url("acme").replace("/v2", "/v1"), tokens["acme"])
    answer: Answer = client.get("/Users", check=False)
    assert answer.status in (400, 404)


def test_health_needs_no_token(front):
    answer = Client(front.url(None), None).get("/healthz", check=False)
    assert (answer.status, answer.json) == (200, {"status": "ok"})
    assert Client(front.url(None), None).request("POST", "/healthz", b"{}", check=False).status == 405
