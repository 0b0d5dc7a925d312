"""A SCIM client as small as http.client allows; every answer is held against RFC 7644."""
import http.client
import io
import json
import socket
from urllib.parse import urlsplit

SCIM_JSON = "application/scim+json"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
SEARCH_REQUEST = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.body = status, body
        self.headers = {name.lower(): value for name, value in headers}

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.body[:400]!r}>"

    def error(self, status, scim_type=None):
        """Demand this SCIM error (RFC 7644 3.12); its detail."""
        assert self.status == status, self
        assert self.json.get("scimType") == scim_type, self
        return self.json["detail"]

    def check(self):
        """What holds for every answer of Scimlet, whatever was asked."""
        assert self.status != 500, self
        assert "x-request-id" in self.headers, self
        assert self.headers["cache-control"] == "no-store", self
        assert self.headers["x-content-type-options"] == "nosniff", self
        if self.status in (204, 304):
            assert self.body == b"", self
            return self
        assert self.headers["content-type"] == SCIM_JSON, self
        if self.status >= 400 and self.body:
            assert self.json["schemas"] == [ERROR], self
            assert self.json["status"] == str(self.status), self
            assert self.json["detail"], self
        if self.status == 401:
            assert self.headers["www-authenticate"].startswith("Bearer"), self
        if self.status == 405:
            assert self.headers["allow"], self
        if self.status in (429, 503):
            assert int(self.headers["retry-after"]) > 0, self
        return self


class Client:
    """One organization's identity provider. Paths are below its base URL."""

    def __init__(self, url, token, timeout=15):
        parts = urlsplit(url)
        self.url, self.base, self.token, self.timeout = url, parts.path, token, timeout
        self.host, self.port = parts.hostname, parts.port
        self.connection = None

    def request(self, method, path, body=None, headers=None, check=True):
        """body: bytes go as they are, anything else as JSON. A header of None is left out."""
        sent = {"Accept": SCIM_JSON}
        if self.token is not None:
            sent["Authorization"] = f"Bearer {self.token}"
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            sent["Content-Type"] = SCIM_JSON
        sent.update(headers or {})
        answer = self.send(method, self.base + path, body, {k: v for k, v in sent.items() if v is not None})
        return answer.check() if check else answer

    def send(self, method, target, body, headers):
        reused = self.connection is not None
        if not reused:
            self.connection = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout)
        try:
            self.connection.request(method, target, body, headers)
            got = self.connection.getresponse()
            return Answer(got.status, got.getheaders(), got.read())
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self.close()
            if not reused:
                raise
            return self.send(method, target, body, headers)     # the server had closed an idle connection
        except BaseException:
            self.close()
            raise

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, body, **options):
        return self.request("POST", path, body, **options)

    def put(self, path, body, **options):
        return self.request("PUT", path, body, **options)

    def delete(self, path, **options):
        return self.request("DELETE", path, **options)

    def patch(self, path, *operations, **options):
        return self.request("PATCH", path, {"schemas": [PATCH_OP], "Operations": list(operations)}, **options)

    def create(self, user_name, **attributes):
        """A person; the answered resource."""
        answer = self.post("/Users", {"schemas": [USER], "userName": user_name, **attributes})
        assert answer.status == 201, answer
        return answer.json

    def raw(self, request):
        """Send these bytes and nothing else; everything until the server closes (ask it to: Connection: close)."""
        with socket.create_connection((self.host, self.port), self.timeout) as connection:
            received = b""
            try:
                connection.sendall(request)
                while chunk := connection.recv(65536):
                    received += chunk
            except (ConnectionResetError, BrokenPipeError):
                pass    # it hung up before it had read everything, which closes a connection so
        return received


def parse(received):
    """The answer in what raw() received; None if the server closed the connection instead."""
    if not received:
        return None

    class Socket:
        def makefile(self, *_):
            return io.BytesIO(received)

    response = http.client.HTTPResponse(Socket())
    response.begin()
    return Answer(response.status, response.getheaders(), response.read())
