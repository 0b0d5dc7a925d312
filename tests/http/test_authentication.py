"""Tokens: who gets in, and what those who do not are told (RFC 7644 2, RFC 6750)."""
import string
import zlib

import pytest

from harness.client import Client

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


def checksum(text):
    value, digits = zlib.crc32(text.encode()), ""
    for _ in range(6):
        value, digit = divmod(value, 62)
        digits = BASE62[digit] + digits
    return digits


def well_formed(org):
    """A token that nobody made: right form, right checksum."""
    body = f"sclt_{org}_" + "Z" * 43
    return body + checksum(body)


@pytest.fixture(scope="module")
def dead_tokens(database, tokens):
    """A revoked token and an expired one."""
    revoked = database.token("acme", name="revoked")
    listed = database.scimlet("--output", "json", "token", "list", "acme").stdout
    assert revoked not in listed
    row = database.sql(f"SELECT id FROM scim.tokens WHERE last_four = '{revoked[-4:]}' AND label = 'revoked'")
    database.scimlet("token", "revoke", "acme", row.splitlines()[0])
    expired = database.token("acme", name="expired")
    database.sql("UPDATE scim.tokens SET created = now() - interval '2 hours', expires = now() - interval '1 hour' "
                 "WHERE label = 'expired'")
    return {"revoked": revoked, "expired": expired}


def test_the_checksum_of_the_tests_is_that_of_the_tokens(tokens):
    token = tokens["acme"]
    prefix, org, rest = token.split("_")
    assert (prefix, org, len(rest)) == ("sclt", "acme", 49)
    assert checksum(token[:-6]) == token[-6:]


def test_every_refusal_reads_the_same(front, tokens, dead_tokens):
    token = tokens["acme"]
    bearers = {
        "none": None, "empty": "", "bare word": token, "only the scheme": "Bearer", "scheme and space": "Bearer ",
        "basic": "Basic YTpi", "unknown": f"Bearer {well_formed('acme')}", "checksum": f"Bearer {token[:-1]}",
        "one letter wrong": f"Bearer {token[:20]}{'a' if token[20] != 'a' else 'b'}{token[21:]}",
        "no form": "Bearer x", "two": f"Bearer {token}, Bearer {token}", "twice": f"Bearer {token} {token}",
        "tail": f"Bearer {token}x", "long": "Bearer " + "x" * 4000, "other org": f"Bearer {tokens['other']}",
        "revoked": f"Bearer {dead_tokens['revoked']}", "expired": f"Bearer {dead_tokens['expired']}",
        "high bytes": "Bearer \xff\xfe", "quoted": f'Bearer "{token}"',
    }
    client = Client(front.url("acme"), None)
    bodies = set()
    for kind, value in bearers.items():
        for path in ("/Users", "/Users/00000000-0000-0000-0000-000000000000", "/ServiceProviderConfig"):
            answer = client.get(path, headers={"Authorization": value})
            assert answer.status == 401, (kind, path, answer)
            bodies.add(answer.body)
    unknown = Client(front.url("no-such-org"), tokens["acme"]).get("/Users")
    assert unknown.status == 401
    assert bodies == {unknown.body}


def test_the_scheme_has_no_case(front, tokens):
    client = Client(front.url("acme"), None)
    for value in (f"bearer {tokens['acme']}", f"BEARER {tokens['acme']}", f"Bearer  {tokens['acme']}"):
        assert client.get("/Users?count=0", headers={"Authorization": value}).status == 200


def test_the_organization_may_come_from_the_token(front, tokens, acme, unique):
    acme.create(unique)
    bare = Client(front.url(None), tokens["acme"])
    assert bare.get(f"/Users?filter=userName%20eq%20%22{unique}%22").json["totalResults"] == 1
    assert Client(front.url(None), tokens["other"]).get(
        f"/Users?filter=userName%20eq%20%22{unique}%22").json["totalResults"] == 0


def test_a_token_counts_nowhere_else(front, tokens):
    """RFC 6750 2.2 and 2.3 allow bodies and queries; they end up in logs."""
    client, token = Client(front.url("acme"), None), tokens["acme"]
    for path in (f"/Users?access_token={token}", f"/Users?token={token}", f"/Users?Authorization=Bearer%20{token}"):
        assert client.get(path).status == 401
    for headers in ({"Cookie": f"token={token}"}, {"X-Authorization": f"Bearer {token}"}, {"Proxy-Authorization": token}):
        assert client.get("/Users", headers=headers).status == 401
    assert client.request("POST", "/Users", f"access_token={token}".encode(),
                          headers={"Content-Type": "application/x-www-form-urlencoded"}).status == 401


def test_refused_before_the_body_is_looked_at(front, database):
    client = Client(front.url("acme"), well_formed("acme"))
    before = database.sql("SELECT count(*) FROM scim.users")
    for body in (b"{", b"\xff" * 100_000, b'{"userName":"intruder"}'):
        assert client.request("POST", "/Users", body).status == 401
    assert database.sql("SELECT count(*) FROM scim.users") == before


def test_a_new_token_works_and_a_revoked_one_ends_at_once(organization, database):
    client = organization()
    second = database.token(client.org, name="second")
    both = [client, Client(client.url, second)]
    assert [each.get("/Users").status for each in both] == [200, 200]
    identity = database.sql(f"SELECT id FROM scim.tokens WHERE org = '{client.org}' AND label = 'second'")
    database.scimlet("token", "revoke", client.org, identity)
    assert [each.get("/Users").status for each in both] == [200, 401]


def test_replacing_a_token_leaves_the_old_one_its_grace(organization, database):
    client = organization()
    identity = database.sql(f"SELECT id FROM scim.tokens WHERE org = '{client.org}'")
    fresh = database.scimlet("token", "replace", client.org, identity, "--grace", "1h").stdout.strip()
    assert client.get("/Users").status == 200
    assert Client(client.url, fresh).get("/Users").status == 200
    remaining = database.sql("SELECT least(expires, revoked) BETWEEN now() AND now() + interval '1 hour' "
                             f"FROM scim.tokens WHERE id = '{identity}'")
    assert remaining == "t"


def test_scopes(organization, unique):
    reader = organization(scopes="users,read")
    assert reader.get("/Users").status == 200
    assert "users" in organization(scopes="groups").post("/Users", {"userName": unique}).error(403)
    writer = organization(scopes="users")
    assert writer.post("/Users", {"userName": unique}).status == 201


def test_provisioning_switched_off(organization, database, unique):
    client = organization()
    database.scimlet("org", "set", client.org, "provisioning=off", "provisioning_off_reason=Preview has ended")
    for answer in (client.get("/Users"), client.post("/Users", {"userName": unique})):
        assert "Preview has ended" in answer.error(403)
    database.scimlet("org", "set", client.org, "provisioning=on")
    assert client.get("/Users").status == 200


def test_the_last_use_is_recorded(organization, database):
    client = organization()
    client.get("/Users", headers={"User-Agent": "Okta SCIM Client 1.0.0"})
    row = database.sql("SELECT last_used > now() - interval '1 minute', last_used_address, last_used_agent "
                       f"FROM scim.tokens WHERE org = '{client.org}'")
    assert row == "t|127.0.0.1|Okta SCIM Client 1.0.0"
