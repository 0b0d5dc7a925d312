"""The responder's processes: how they are started, replaced, and stopped."""
import os
import signal
import socket
import subprocess
import threading
import time

import pytest

from harness.client import Client
from harness.fastcgi import FastCgi, KEEP_CONNECTION
from harness.process import Server, hand_over, install_program, new_directory, processes_of, wait_until
from harness.web import WORKERS, Fcgid, Lighttpd


class Daemon:
    """The responder without a web server."""

    def __init__(self, cluster):
        self.directory = new_directory("sclt-daemon-")
        self.program, self.binary = install_program(self.directory)
        self.socket = self.directory / "scimlet.sock"
        self.log = self.directory / "responder.log"
        self.environment = {"SCIMLET_DATABASE": cluster.conninfo("scim_service"),
                            "SCIMLET_PUBLIC_URL": "http://127.0.0.1"}
        self.client = FastCgi(self.socket, cluster.token_of_acme)
        self.server = None

    def listen(self, workers=WORKERS, mode="0600"):
        """Start it with its own supervisor."""
        command = [self.program, "--listen", self.socket, "--workers", workers, "--mode", mode]
        self.server = Server("responder", command, self.log, environment=self.environment).start()
        wait_until(lambda: len(self.workers()) == workers and self.socket.exists(), 10, "the workers are there")
        return self

    def inherit(self, shell):
        """Start it as others do: the socket, open before it is, stands in the shell's descriptor 0."""
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.socket))
        hand_over(self.socket)
        listener.listen(16)
        self.server = Server("responder", ["/bin/sh", "-c", shell.format(program=self.program)], self.log,
                             environment=self.environment, stdin=listener).start()
        listener.close()
        return self

    def workers(self):
        return [pid for pid in processes_of(self.binary) if pid != self.server.pid]

    def get(self):
        return self.client.request("GET", "/Users?count=1").status


@pytest.fixture
def daemon(cluster):
    daemon = Daemon(cluster)
    yield daemon
    daemon.server.stop()
    wait_until(lambda: not processes_of(daemon.binary), 5, "no process is left behind")


@pytest.fixture(scope="module")
def person(cluster):
    """A person whose row can be locked, to keep a request in flight."""
    return cluster.sql("INSERT INTO scim.users (org, user_name) VALUES ('acme', 'in flight') RETURNING id")


class Lock:
    """A DBA's lock on a row, until release()."""

    def __init__(self, cluster, identity):
        self.psql = subprocess.Popen(["psql", "-XAtq"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                     env=cluster.environment())
        self.psql.stdin.write(f"BEGIN; SELECT 1 FROM scim.users WHERE id = '{identity}' FOR UPDATE;\n")
        self.psql.stdin.flush()
        assert self.psql.stdout.readline() == "1\n"

    def release(self):
        self.psql.communicate()


def test_a_socket_for_the_web_server_only(daemon):
    daemon.listen(mode="0660")
    assert daemon.socket.stat().st_mode & 0o777 == 0o660
    assert daemon.get() == 200


@pytest.mark.parametrize("deadly", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
def test_a_crashed_worker_is_replaced_within_a_second(daemon, deadly):
    daemon.listen()
    spent = []
    while not spent or min(spent) > 1 and len(spent) < 4:       # the machine may be busy
        before, start = daemon.workers(), time.monotonic()
        os.kill(before[0], deadly)
        wait_until(lambda: len(daemon.workers()) == WORKERS and before[0] not in daemon.workers(), 3, "a new worker")
        spent.append(time.monotonic() - start)
    assert min(spent) <= 1, spent
    assert [daemon.get() for _ in range(8)] == [200] * 8
    daemon.server.check()


def test_the_supervisor_takes_its_workers_along(daemon):
    """Workers whose supervisor was killed must not go on unseen, with the socket in their hands."""
    daemon.listen()
    daemon.server.process.kill()
    wait_until(lambda: not processes_of(daemon.binary), 5, "the workers end")


def test_a_socket_left_behind_is_taken_over(daemon):
    daemon.listen()
    daemon.server.process.kill()
    daemon.server.process.wait()
    wait_until(lambda: not processes_of(daemon.binary), 5, "the workers end")
    assert daemon.socket.exists()
    daemon.listen()
    assert daemon.get() == 200


def test_a_socket_in_use_is_left_alone(daemon, cluster):
    daemon.listen()
    second = Server("second", [daemon.program, "--listen", daemon.socket, "--workers", 1], daemon.directory / "second.log",
                    environment=daemon.environment).start()
    assert second.process.wait(60) not in (0, None)
    assert daemon.get() == 200


def test_sigterm_lets_a_request_in_flight_end(daemon, cluster, person):
    daemon.listen()
    lock = Lock(cluster, person)
    body = {"Operations": [{"op": "replace", "path": "title", "value": str(time.time())}]}
    connection = daemon.client.begin("PATCH", f"/Users/{person}", body)
    wait_until(lambda: cluster.sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'scim_service' "
                                   "AND wait_event_type = 'Lock'") == "1", 5, "the request waits for the row")
    start = time.monotonic()
    daemon.server.process.send_signal(signal.SIGTERM)
    time.sleep(.3)
    assert daemon.server.process.poll() is None
    lock.release()
    answer = daemon.client.finish(connection)
    connection.close()
    assert (answer.status, answer.json["title"]) == (200, body["Operations"][0]["value"])
    assert daemon.server.process.wait(10) == 0
    assert time.monotonic() - start < 10
    assert not daemon.socket.exists()


def test_sigterm_of_an_idle_daemon_with_idle_connections(daemon):
    """A web server that keeps connections open (enablereuse) must not hold up the end."""
    daemon.listen()
    kept = [daemon.client.begin("GET", "/Users?count=1", flags=KEEP_CONNECTION) for _ in range(WORKERS)]
    for connection in kept:
        assert daemon.client.finish(connection).status == 200
    silent = socket.socket(socket.AF_UNIX)
    silent.connect(str(daemon.socket))
    assert daemon.server.stop(seconds=10) == 0
    for connection in (*kept, silent):
        connection.close()


def test_sighup_replaces_the_workers_unseen(daemon):
    daemon.listen()
    before, seen, stop = daemon.workers(), [], threading.Event()

    def ask():
        while not stop.is_set():
            seen.append(daemon.get())

    asking = threading.Thread(target=ask)
    asking.start()
    daemon.server.process.send_signal(signal.SIGHUP)
    try:
        wait_until(lambda: len(daemon.workers()) == WORKERS and not set(before) & set(daemon.workers()), 10,
                   "all workers are new")
    finally:
        stop.set()
        asking.join()
    assert set(seen) == {200}


# systemd hands over from descriptor 3 on and says whom it means; spawn-fcgi, mod_fcgid and lighttpd use descriptor 0.
ACTIVATED = "exec 3<&0 </dev/null; export LISTEN_PID=$$ LISTEN_FDS=1; exec {program}"


@pytest.mark.parametrize("shell", [ACTIVATED, ACTIVATED + " --workers 2", "exec {program}"])
def test_other_ways_to_start(daemon, shell):
    daemon.inherit(shell)
    assert [daemon.get() for _ in range(5)] == [200] * 5
    assert daemon.server.stop(seconds=10) == 0


def test_wrong_use(cluster):
    """Neither a request nor a socket: it explains itself."""
    daemon = Daemon(cluster)
    for arguments in ([], ["--nonsense"], ["--listen"], ["--listen", daemon.socket, "--workers", "0"],
                      ["--listen", daemon.socket, "--workers", "many"]):
        done = subprocess.run([daemon.program, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, env={"PATH": "/usr/bin:/bin"}, timeout=10, check=False)
        assert (done.returncode, done.stdout) == (2, ""), arguments
        assert "--listen" in done.stderr, arguments


@pytest.mark.parametrize("kind", [Fcgid, Lighttpd])
def test_a_spawned_worker_that_crashed(cluster, kind):
    front = kind(cluster)
    front.start()
    try:
        client = Client(front.url("acme"), cluster.token_of_acme)
        assert client.get("/Users?count=1").status == 200
        for pid in front.workers():
            os.kill(pid, signal.SIGKILL)
        # The web server may notice only when it writes to the dead one; that answer is its own.
        wait_until(lambda: client.get("/Users?count=1", check=False).status == 200, 3, "new workers answer", .1)
        assert [client.get("/Users?count=1").status for _ in range(8)] == [200] * 8
    finally:
        front.stop()
