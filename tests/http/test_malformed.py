"""Two thousand malformed requests from a fixed seed: never a 500, nothing stored, the workers go on."""
import random

import pytest

from harness.client import Client, parse
from harness.settings import EFFORT

SEED = 7644
ROUNDS = 2000
ODD = [b"\x00", b"\x01", b"\x1b", b"\x7f", b"\x80", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"%00", b"%zz", b"%", b"%2F",
       b"..", b"/", b"//", b";", b"?", b"#", b'"', b"\\", b"'", b"[", b"]", b"{", b"}", b"(", b")", b",", b":", b"%25",
       b"%FF", b"$1", b"--", b"\\u0000", b"\\ud800", b"1e999", b"NaN", b"\t", b" ", b"+", b"&", b"=", b"\xf0\x9f\x98\x80",
       b"a" * 300]
PERSON = b'{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"malformed","active":true,' \
         b'"name":{"givenName":"A","familyName":"B"},"emails":[{"value":"a@b","type":"work","primary":true}]}'
PATCH = b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace",' \
        b'"path":"emails[type eq \\"work\\"].value","value":"x"},{"op":"add","value":{"name.givenName":"x"}}]}'
QUERY = b"filter=userName%20eq%20%22x%22%20and%20emails%5Btype%20eq%20%22work%22%5D.value%20eq%20%22y%22" \
        b"&startIndex=1&count=10&attributes=userName,emails.value"


def spoil(random, text, times=None):
    """A few bytes of a text removed, doubled, swapped or replaced by odd ones."""
    text = bytearray(text)
    for _ in range(times or random.randint(1, 4)):
        at = random.randrange(len(text) + 1)
        change = random.randrange(4)
        if change == 0:
            del text[at:at + random.randint(1, 8)]
        elif change == 1:
            text[at:at] = random.choice(ODD)
        elif change == 2:
            text[at:at + 1] = bytes([random.randrange(256)])
        else:
            text[at:at] = text[max(0, at - random.randint(1, 20)):at]
    return bytes(text)


def one_line(text):
    """What can stand in a request's head without ending its line."""
    return text.replace(b"\r", b"%0D").replace(b"\n", b"%0A")


def requests(client, random):
    """Endless: one part of each request is spoilt, in turn the body, the path, the query, the credentials."""
    base, token = client.base.encode(), client.token.encode()
    while True:
        method, path, body = random.choice([(b"POST", b"/Users", PERSON), (b"PATCH", b"/Users/" + b"0" * 36, PATCH),
                                            (b"PUT", b"/Users/" + b"0" * 36, PERSON), (b"GET", b"/Users", b""),
                                            (b"POST", b"/Users/.search", b'{"filter":"userName eq \\"x\\""}')])
        query, credentials = QUERY, b"Bearer " + token
        part = random.choice(["body", "path", "query", "credentials"])
        if part == "body":
            # Spoilt JSON may still be JSON: cut in half, or with a bracket too many, it is not.
            body = spoil(random, body) + b"]" if random.random() < .5 else spoil(random, body[:len(body) // 2])
            method = b"POST" if method == b"GET" else method
        elif part == "path":
            path, body = spoil(random, path + b"/x"), body + b"]"
        elif part == "query":
            query = spoil(random, query)
            method, body = b"GET", b""
        else:
            while token in credentials:
                credentials = spoil(random, credentials, 2)
        lines = [method + b" " + one_line(base + path).replace(b" ", b"%20") + b"?" + one_line(query).replace(b" ", b"+")
                 + b" HTTP/1.1", b"Host: 127.0.0.1", b"Authorization: " + one_line(credentials),
                 b"Content-Type: application/scim+json", b"Content-Length: %d" % len(body), b"Connection: close"]
        yield b"\r\n".join(lines) + b"\r\n\r\n" + body


@pytest.fixture(scope="module")
def stranger(front, database):
    """An organization in which nothing else happens."""
    org = f"malformed-{front.name}"
    return Client(front.url(org), database.organization(org), timeout=10)


def test_malformed_requests(front, database, stranger):
    before = database.sql("SELECT * FROM scim.users ORDER BY id")
    rounds = ROUNDS * EFFORT if front.name != "cgi" else ROUNDS // 4 * EFFORT
    generator = requests(stranger, random.Random(SEED))
    for number in range(rounds):
        request = next(generator)
        answer = parse(stranger.raw(request))
        # A server may answer what it cannot read with a page of its own, or hang up; the responder may not.
        if answer is None:
            continue
        assert answer.status < 500 or answer.status == 501, (number, request, answer)
        if answer.headers.get("content-type", "").startswith("application/scim+json"):
            answer.check()
    assert database.sql("SELECT * FROM scim.users ORDER BY id") == before
    assert stranger.create("still-alive")["userName"] == "still-alive"
