"""Bodies: how they travel, how large they may be, and which are JSON (RFC 8259, RFC 7644 3.3)."""
import gzip
import json
import re

import pytest

from harness.client import parse

# The responder's limit of one resource; that of the shipped web server configurations lies above it.
BODY_LIMIT = 1024 * 1024


@pytest.fixture
def stored(database):
    """How many persons there are: what is refused must leave no trace."""
    return lambda: database.sql("SELECT count(*) FROM scim.users")


def head(client, *lines):
    return ("\r\n".join([f"POST {client.base}/Users HTTP/1.1", f"Host: 127.0.0.1:{client.port}",
                         f"Authorization: Bearer {client.token}", "Content-Type: application/scim+json",
                         "Connection: close", *lines]) + "\r\n\r\n").encode()


def chunks(body, size):
    pieces = [body[start:start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_body_without_a_length(acme, unique, size):
    """A chunked body reaches a plain CGI without CONTENT_LENGTH; it is read to its end."""
    body = json.dumps({"userName": unique, "title": "x" * (200 if size == 1 else 60_000)}).encode()
    answer = parse(acme.raw(head(acme, "Transfer-Encoding: chunked") + chunks(body, size)))
    assert answer.check().status == 201
    assert len(acme.get(f"/Users/{answer.json['id']}").json["title"]) in (200, 60_000)


def test_a_body_after_100_continue(acme, unique):
    body = json.dumps({"userName": unique}).encode()
    received = acme.raw(head(acme, "Expect: 100-continue", f"Content-Length: {len(body)}") + body)
    answer = parse(re.sub(rb"\AHTTP/1\.1 100 [^\r]*\r\n\r\n", b"", received))
    assert answer.check().status == 201


def test_no_body_at_all(acme):
    for headers in ({"Content-Length": "0"}, {}):
        acme.request("POST", "/Users", b"", headers=headers).error(400, "invalidSyntax")


def test_a_body_of_no_interest(front, acme, unique):
    address = f"/Users/{acme.create(unique)['id']}"
    if front.name != "lighttpd":    # which refuses a GET with a body by itself
        assert acme.request("GET", address, b"{" * 100_000).status == 200
    assert acme.request("DELETE", address, b"{" * 100_000).status == 204
    assert acme.get("/ServiceProviderConfig").status == 200


def padded(size, unique):
    """A person whose JSON has exactly this many bytes; strings stay below their own limit."""
    body = json.dumps({"userName": unique}).encode()
    return body[:-1] + b" " * (size - len(body)) + b"}"


def test_the_largest_body(acme, unique):
    assert acme.request("POST", "/Users", padded(BODY_LIMIT, unique)).status == 201


def test_a_body_beyond_the_limit(acme, unique, stored):
    before = stored()
    for size in (BODY_LIMIT + 1, BODY_LIMIT + 1_000_000):
        assert str(BODY_LIMIT) in acme.request("POST", "/Users", padded(size, unique)).error(413)
    body = padded(BODY_LIMIT + 1, unique)
    answer = parse(acme.raw(head(acme, "Transfer-Encoding: chunked") + chunks(body, 1_000_000)))
    answer.check().error(413)
    assert stored() == before
    assert acme.get("/Users?count=0").status == 200


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "GZIP", "identity, gzip"])
def test_a_compressed_body(acme, unique, coding):
    body = gzip.compress(json.dumps({"userName": unique}).encode())
    assert coding in acme.request("POST", "/Users", body, headers={"Content-Encoding": coding}).error(415)


def test_an_identity_coding_is_none(acme, unique):
    body = json.dumps({"userName": unique}).encode()
    assert acme.request("POST", "/Users", body, headers={"Content-Encoding": "identity"}).status == 201


# Each a body, in which $ stands for a userName nobody has, and the byte at which reading must stop
# (None: where exactly is a matter of taste). Most of them are accepted by json-c, even in its strict mode.
NOT_JSON = {
    "empty": (b"", 0), "blank": (b"  \n", None), "unfinished": (b'{"userName":"$"', None),
    "word": (b"$", 0), "null": (b"null", None), "number": (b"12", None), "string": (b'"$"', None),
    "array": (b'[{"userName":"$"}]', None),
    "name twice": (b'{"userName":"$","userName":"$2"}', 16 + 4), "name twice in another case": (
        b'{"userName":"$","active":true,"Active":false}', None),
    "name twice below": (b'{"userName":"$","name":{"givenName":"a","givenname":"b"}}', None),
    "name twice by escape": (b'{"userName":"$","us\\u0065rName":"$"}', None),
    "NUL escaped in a name": (b'{"userName\\u0000x":"$"}', None),
    "NUL escaped in a value": (b'{"userName":"$\\u0000x"}', None),
    "NUL in a value": (b'{"userName":"$\x00x"}', None), "NUL after": (b'{"userName":"$"}\x00{"a":1}', 20),
    "two": (b'{"userName":"$"}{"a":2}', 20), "something after": (b'{"userName":"$"} x', 21),
    "comma at the end": (b'{"userName":"$",}', 20), "comma in a list": (b'{"userName":"$","emails":[1,]}', None),
    "comment": (b'{"userName":"$"/*x*/}', None), "single quotes": (b"{'userName':'$'}", 1),
    "bare name": (b'{userName:"$"}', 1), "NaN": (b'{"userName":"$","x":NaN}', None),
    "infinity": (b'{"userName":"$","x":-Infinity}', None), "True": (b'{"userName":"$","active":True}', None),
    "leading zero": (b'{"userName":"$","x":007}', None), "plus": (b'{"userName":"$","x":+1}', None),
    "bare point": (b'{"userName":"$","x":1.}', None), "no digit before": (b'{"userName":"$","x":.5}', None),
    "hexadecimal": (b'{"userName":"$","x":0x10}', None), "exponent without digits": (b'{"userName":"$","x":1e}', None),
    "number out of range": (b'{"userName":"$","x":1e400}', None), "enormous number": (
        b'{"userName":"$","x":1e100000}', None),
    "newline in a string": (b'{"userName":"$\n"}', None), "tab in a string": (b'{"userName":"$\t"}', None),
    "bad escape": (b'{"userName":"$\\x41"}', None), "half an escape": (b'{"userName":"$\\u12"}', None),
    "high surrogate alone": (b'{"userName":"$\\ud800"}', None), "low surrogate alone": (b'{"userName":"$\\udc00"}', None),
    "surrogates swapped": (b'{"userName":"$\\udc00\\ud800"}', None),
    "overlong UTF-8": (b'{"userName":"$\xc0\xaf"}', None), "UTF-8 surrogate": (b'{"userName":"$\xed\xa0\x80"}', None),
    "Latin-1": (b'{"userName":"$\xe9"}', None), "truncated UTF-8": (b'{"userName":"$\xe2\x82"}', None),
    "beyond Unicode": (b'{"userName":"$\xf4\x90\x80\x80"}', None), "UTF-16": ('{"userName":"$"}'.encode("utf-16"), 0),
    "byte order mark": (b'\xef\xbb\xbf{"userName":"$"}', 0),
    "too deep": (b'{"userName":"$","x":' + b"[" * 33 + b"]" * 33 + b"}", None),
    "much too deep": (b"[" * 1_000_000, None),
    "too many names": (b'{"userName":"$",' + b",".join(b'"a%d":1' % n for n in range(1025)) + b"}", None),
    "string too long": (b'{"userName":"$","title":"' + b"x" * 65_537 + b'"}', None),
    "list too long": (b'{"userName":"$","emails":[' + b",".join([b"1"] * 100_001) + b"]}", None),
}


@pytest.mark.parametrize("kind", NOT_JSON)
def test_what_is_not_json(acme, stored, kind):
    body, offset = NOT_JSON[kind]
    before = stored()
    answer = acme.request("POST", "/Users", body.replace(b"$", b"jnone"))
    detail = answer.error(400, "invalidSyntax")
    if kind not in ("null", "number", "string", "array"):
        where = re.search(r"byte (\d+)", detail)
        assert where, detail
        assert offset is None or int(where[1]) == offset, detail
    assert stored() == before


def test_json_that_is_unusual_but_right(acme, unique):
    body = (b' \r\n\t{ "\\u0075serName" : "%b\\u00e9\\ud83d\\ude00\\/" ,"x":-0.0e+1, "y":[[],{}],"z":1E5,"":null}\n'
            % unique.encode())
    answer = acme.request("POST", "/Users", body)
    assert (answer.status, answer.json["userName"]) == (201, unique + "é\U0001f600/")
    deep = b'{"userName":"%b","x":' % (unique + "d").encode() + b"[" * 31 + b"]" * 31 + b"}"
    assert acme.request("POST", "/Users", deep).status == 201
    names = b",".join(b'"a%d":1' % n for n in range(1023))
    assert acme.request("POST", "/Users", b'{"userName":"%b",%b}' % ((unique + "n").encode(), names)).status == 201


def test_control_characters_in_a_name(acme):
    """U+0000 is no JSON here; the other controls are, but have no place in a userName."""
    for control in ("\x01", "\x1b", "\x7f", "\u0085", "\n"):
        acme.post("/Users", {"userName": f"a{control}b"}).error(400, "invalidValue")
