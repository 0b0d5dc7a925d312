"""The four ways a request reaches the responder, each through a real web server with the shipped configuration."""
import os
import http.client
import re
import shutil
import socket
from pathlib import Path

from harness.process import (Server, ServerDied, hand_over, install_program, new_directory, processes_of, tail,
                             wait_until)
from harness.settings import MOUNT, SHIPPED

WORKERS = 4
# How mod_fcgid, lighttpd, mod_cgid and our own supervisor tell of a process that died.
CRASH = re.compile(r"unexpected signal|child signalled|exit signal|AddressSanitizer|runtime error|"
                   r"worker \d+ (ended|died|was killed)", re.I)


def free_port():
    """A port that was free a moment ago; who uses it must be ready to try another."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Front:
    """One web server, its private configuration, and its own copy of the responder."""

    name = None

    def __init__(self, database):
        self.database = database
        self.directory = new_directory(f"sclt-{self.name}-")
        self.program, self.binary = install_program(self.directory)
        # A copy, since the servers' user may have no way into the checkout.
        self.shipped = Path(shutil.copytree(SHIPPED, self.directory / "shipped"))
        self.error_log = self.directory / "error.log"
        self.port, self.server = None, None
        self.read = 0       # how much of the log check() has looked at

    # What a front of its own kind adds.

    def configuration(self):
        raise NotImplementedError

    def command(self, file):
        raise NotImplementedError

    def start_responder(self):
        """Only a front that does not start the responder by itself has something to do here."""

    def stop_responder(self):
        """Likewise."""

    # The same for all.

    @property
    def public_url(self):
        return f"http://127.0.0.1:{self.port}"

    def url(self, org):
        return self.public_url + MOUNT + (f"/{org}" if org else "")

    def settings(self):
        return {"SCIMLET_DATABASE": self.database.conninfo("scim_service"), "SCIMLET_PUBLIC_URL": self.public_url}

    def start(self):
        for attempts_left in (2, 1, 0):
            self.port = free_port()
            self.start_responder()
            file = self.write("server.conf", self.configuration())
            self.server = Server(self.name, self.command(file), self.error_log, cwd=self.directory).start()
            try:
                wait_until(self.answers, 20, f"{self.name} answers")
                return self
            except ServerDied:
                self.stop_responder()
                if not attempts_left or "in use" not in tail(self.error_log):
                    raise
            except AssertionError:
                self.stop()
                raise AssertionError(f"{self.name} does not answer:\n{tail(self.error_log)}") from None
        raise AssertionError("no port")

    def answers(self):
        """True once the responder, not only the web server, is there."""
        self.server.check()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            connection.request("GET", f"{MOUNT}/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def check(self):
        """The server runs, and none of its workers has crashed since the last time."""
        self.server.check()
        said = self.log()
        news, self.read = said[self.read:], len(said)
        crashes = [line for line in news.splitlines() if CRASH.search(line)]
        assert not crashes, "\n".join(crashes)

    def stop(self):
        self.server.stop()
        self.stop_responder()
        wait_until(lambda: not self.workers(), 12, f"{self.name} leaves no worker behind")

    def write(self, name, text):
        path = self.directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return hand_over(path)

    def log(self):
        """Everything that the responder and the web server have said."""
        return self.error_log.read_text(errors="replace")

    def workers(self):
        return processes_of(self.binary)


APACHE_MODULES = Path("/usr/lib/apache2/modules")


class Apache(Front):
    modules = ()

    def command(self, file):
        return [shutil.which("apache2", path="/usr/sbin:/usr/bin"), "-d", self.directory, "-f", file, "-DFOREGROUND"]

    def configuration(self):
        # Debian links what every Apache needs; the rest is loaded as its mods-enabled would.
        modules = ["mpm_event", "authz_core", "alias", "dir", "env", "headers", "mime", "setenvif", "reqtimeout",
                   *self.modules]
        loads = "\n".join(f"LoadModule {name}_module {APACHE_MODULES}/mod_{name}.so" for name in modules)
        root = hand_over_directory(self.directory / "htdocs")
        hand_over_directory(self.directory / "ipc")
        return f"""
{loads}
ServerName 127.0.0.1
Listen 127.0.0.1:{self.port}
DefaultRuntimeDir {self.directory}
PidFile {self.directory}/server.pid
Mutex pthread default
ErrorLog {self.error_log}
LogLevel warn
ThreadsPerChild 32
MaxRequestWorkers 128
TypesConfig /dev/null
DocumentRoot {root}
<Directory {root}>
	AllowOverride All
	Require all granted
</Directory>
{self.site()}
"""

    def site(self):
        raise NotImplementedError


def hand_over_directory(path):
    path.mkdir(exist_ok=True)
    return hand_over(path)


class Fcgid(Apache):
    """Apache starts the responder by mod_fcgid."""

    name = "fcgid"
    modules = ("fcgid",)

    def site(self):
        settings = self.settings()
        return f"""
FcgidIPCDir {self.directory}/ipc
FcgidProcessTableFile {self.directory}/ipc/processes
Define SCIMLET_PROGRAM {self.program}
Define SCIMLET_DATABASE "{settings['SCIMLET_DATABASE']}"
Define SCIMLET_PUBLIC_URL {settings['SCIMLET_PUBLIC_URL']}
Define SCIMLET_PROCESSES {WORKERS}
Include {self.shipped}/scimlet.conf
"""


class Proxy(Apache):
    """Apache hands requests to a daemon by mod_proxy_fcgi."""

    name = "proxy"
    modules = ("proxy", "proxy_fcgi")

    def __init__(self, database):
        super().__init__(database)
        self.socket = self.directory / "scimlet.sock"
        self.responder_log = self.directory / "responder.log"
        self.responder = None

    def start_responder(self):
        command = [self.program, "--listen", self.socket, "--workers", WORKERS, "--mode", "0600"]
        self.responder = Server("responder", command, self.responder_log, environment=self.settings(),
                                cwd=self.directory).start()
        wait_until(self.listening, 10, "the responder makes its socket")

    def listening(self):
        self.responder.check()
        return self.socket.exists()

    def stop_responder(self):
        assert self.responder.stop() == 0, tail(self.responder_log)
        assert not self.socket.exists()

    def check(self):
        super().check()
        self.responder.check()

    def log(self):
        return super().log() + self.responder_log.read_text(errors="replace")

    def site(self):
        return f"""
Define SCIMLET_SOCKET {self.socket}
Define SCIMLET_WORKER {self.directory.name}
Include {self.shipped}/scimlet-proxy.conf
"""


class Cgi(Apache):
    """Apache runs the responder anew for each request."""

    name = "cgi"
    modules = ("cgid",)

    def site(self):
        settings = self.settings()
        return f"""
ScriptSock cgid.sock
ScriptAlias {MOUNT} {self.program}
<Location {MOUNT}>
	SetHandler cgi-script
	CGIPassAuth On
	Require all granted
	SetEnv ap_trust_cgilike_cl 1
	SetEnv SCIMLET_DATABASE "{settings['SCIMLET_DATABASE']}"
	SetEnv SCIMLET_PUBLIC_URL {settings['SCIMLET_PUBLIC_URL']}
</Location>
"""


class Lighttpd(Front):
    """lighttpd starts the responder by mod_fastcgi."""

    name = "lighttpd"

    def command(self, file):
        return [shutil.which("lighttpd", path="/usr/sbin:/usr/bin"), "-D", "-f", file]

    def configuration(self):
        settings = self.settings()
        hand_over_directory(self.directory / "scimlet.d")
        hand_over_directory(self.directory / "htdocs")
        self.write("scimlet.d/test.conf", f"""
var.scimlet_program := "{self.program}"
var.scimlet_socket := "{self.directory}/fcgi.sock"
var.scimlet_processes := {WORKERS}
var.scimlet_database := "{settings['SCIMLET_DATABASE']}"
var.scimlet_public_url := "{settings['SCIMLET_PUBLIC_URL']}"
""")
        return f"""
server.bind = "127.0.0.1"
server.port = {self.port}
server.document-root = "{self.directory}/htdocs"
server.errorlog = "{self.error_log}"
server.breakagelog = "{self.error_log}"
include "{self.shipped}/lighttpd.conf"
"""


FRONTS = {front.name: front for front in (Fcgid, Proxy, Lighttpd, Cgi)}


def selected_fronts():
    """Those that the tests run behind: all, or those that SCIMLET_TEST_FRONTS names."""
    named = os.environ.get("SCIMLET_TEST_FRONTS", "").split()
    return list(FRONTS) if named in ([], ["all"]) else named


def every_front():
    """Do tests that are marked any_front run behind all fronts nevertheless?"""
    return os.environ.get("SCIMLET_TEST_FRONTS") == "all"
