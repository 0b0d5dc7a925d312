"""A responder without a web server: one process with its socket at descriptor 0, as lighttpd starts it."""
import os
import re
import socket
import struct
from pathlib import Path

from harness.client import SCIM_JSON
from harness.fastcgi import BEGIN_REQUEST, PARAMS, RESPONDER, STDIN, FastCgi, pair, record, stream
from harness.process import Server, hand_over, install_program, new_directory
from harness.settings import MOUNT

PUBLIC_URL = "http://127.0.0.1:8080"

# What Apache sends with each request besides what differs; reading it is part of the work.
APACHE = {
    "GATEWAY_INTERFACE": "CGI/1.1", "SERVER_PROTOCOL": "HTTP/1.1", "SERVER_SOFTWARE": "Apache/2.4 (Debian)",
    "SERVER_SIGNATURE": "", "SERVER_NAME": "127.0.0.1", "SERVER_ADDR": "127.0.0.1", "SERVER_PORT": "8080",
    "REMOTE_ADDR": "127.0.0.1", "REMOTE_PORT": "40000", "REQUEST_SCHEME": "http", "HTTP_HOST": "127.0.0.1:8080",
    "HTTP_USER_AGENT": "bench", "HTTP_ACCEPT": SCIM_JSON, "CONTEXT_PREFIX": MOUNT, "SCRIPT_NAME": MOUNT,
    "CONTEXT_DOCUMENT_ROOT": "/usr/libexec/scimlet/scimlet.fcgi", "DOCUMENT_ROOT": "/var/www/html",
    "SCRIPT_FILENAME": "/usr/libexec/scimlet/scimlet.fcgi", "SERVER_ADMIN": "[no address given]",
    "PATH": "/usr/local/bin:/usr/bin:/bin", "SCIMLET_PUBLIC_URL": PUBLIC_URL,
}


class ApacheClient(FastCgi):
    """Speaks to a responder as Apache does."""

    def begin(self, method, path, body=b"", flags=0):
        target, _, query = path.partition("?")
        parameters = {
            **APACHE, "REQUEST_METHOD": method, "REQUEST_URI": path, "QUERY_STRING": query,
            "PATH_INFO": target.removeprefix(MOUNT), "PATH_TRANSLATED": "/var/www/html" + target.removeprefix(MOUNT),
            "HTTP_AUTHORIZATION": f"Bearer {self.token}",
        }
        if body:
            parameters.update(CONTENT_LENGTH=str(len(body)), CONTENT_TYPE=SCIM_JSON)
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(self.timeout)
        connection.connect(self.path)
        connection.sendall(
            record(BEGIN_REQUEST, struct.pack("!HB5x", RESPONDER, flags))
            + stream(PARAMS, b"".join(pair(n.encode(), v.encode()) for n, v in parameters.items()))
            + stream(STDIN, body))
        return connection


class Responder:
    """Runs while the context lasts; prefix is a command that runs the program, such as valgrind."""

    def __init__(self, conninfo, tokens, prefix=()):
        self.directory = new_directory("sclt-bench-")
        self.program, _ = install_program(self.directory)
        self.socket = self.directory / "scimlet.sock"
        self.clients = {org: ApacheClient(self.socket, token, timeout=60) for org, token in tokens.items()}
        self.conninfo, self.prefix, self.server = conninfo, prefix, None

    def __enter__(self):
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self.socket))
            hand_over(self.socket)
            listener.listen(64)
            self.server = Server("responder", [*self.prefix, self.program], self.directory / "log", stdin=listener,
                                 environment={"SCIMLET_DATABASE": self.conninfo}, cwd=self.directory).start()
        return self

    def __exit__(self, *_):
        self.server.stop()
        os.unlink(self.socket)

    def request(self, org, method, path, body=b""):
        return self.clients[org].request(method, path, body)

    def memory(self):
        """Resident memory in KiB, now and at most."""
        status = Path(f"/proc/{self.server.pid}/status").read_text()
        return {name: int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) for name in ("VmRSS", "VmHWM")}
