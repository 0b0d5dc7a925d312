"""A FastCGI client (FastCGI 1.0), for tests that need no web server between."""
import json
import socket
import struct

from harness.client import SCIM_JSON, Answer

BEGIN_REQUEST, END_REQUEST, PARAMS, STDIN, STDOUT, STDERR = 1, 3, 4, 5, 6, 7
RESPONDER, KEEP_CONNECTION = 1, 1
HEADER = struct.Struct("!BBHHBx")
BLOCK = 65528


def record(kind, content=b""):
    return HEADER.pack(1, kind, 1, len(content), 0) + content


def stream(kind, content):
    """Records of a stream; an empty one ends it."""
    return b"".join(record(kind, content[at:at + BLOCK]) for at in range(0, len(content), BLOCK)) + record(kind)


def pair(name, value):
    lengths = b"".join(bytes([n]) if n < 128 else struct.pack("!I", n | 0x80000000) for n in (len(name), len(value)))
    return lengths + name + value


class FastCgi:
    """Asks a responder on a unix socket; one connection for each request, as Apache makes by default."""

    def __init__(self, path, token, base="/scim/v2/acme", timeout=15):
        self.path, self.token, self.base, self.timeout = str(path), token, base, timeout
        self.said = b""     # what came on the error stream

    def begin(self, method, path, body=None, flags=0):
        """Send a whole request; the connection to read its answer from."""
        content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        target, _, query = (self.base + path).partition("?")
        parameters = {
            "REQUEST_METHOD": method, "REQUEST_URI": self.base + path, "QUERY_STRING": query,
            "SCRIPT_NAME": "/scim/v2", "PATH_INFO": target.removeprefix("/scim/v2"), "SERVER_PROTOCOL": "HTTP/1.1",
            "GATEWAY_INTERFACE": "CGI/1.1", "REMOTE_ADDR": "127.0.0.1", "SERVER_NAME": "127.0.0.1",
            "HTTP_AUTHORIZATION": f"Bearer {self.token}", "CONTENT_LENGTH": str(len(content)),
            "CONTENT_TYPE": SCIM_JSON,
        }
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(self.timeout)
        connection.connect(self.path)
        connection.sendall(
            record(BEGIN_REQUEST, struct.pack("!HB5x", RESPONDER, flags))
            + stream(PARAMS, b"".join(pair(n.encode(), v.encode()) for n, v in parameters.items()))
            + stream(STDIN, content))
        return connection

    def finish(self, connection):
        """The answer, when it is there."""
        out, reader = b"", connection.makefile("rb")
        while True:
            head = reader.read(HEADER.size)
            if len(head) < HEADER.size:
                raise ConnectionResetError("the responder closed the connection before the end of its answer")
            _, kind, _, length, padding = HEADER.unpack(head)
            content = reader.read(length + padding)[:length]
            if kind == STDOUT:
                out += content
            elif kind == STDERR:
                self.said += content
            elif kind == END_REQUEST:
                break
        head, _, body = out.partition(b"\r\n\r\n")
        headers = [line.split(": ", 1) for line in head.decode("latin-1").split("\r\n")]
        status = next(int(value.split()[0]) for name, value in headers if name.lower() == "status")
        return Answer(status, [header for header in headers if header[0].lower() != "status"], body)

    def request(self, method, path, body=None):
        with self.begin(method, path, body) as connection:
            return self.finish(connection)
