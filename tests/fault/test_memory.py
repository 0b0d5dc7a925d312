"""A worker's memory: small, and the same after many requests."""
import itertools
import re
from pathlib import Path

from harness.fastcgi import FastCgi
from harness.process import Server, install_program, new_directory, processes_of, wait_until
from harness.settings import EFFORT

REQUESTS = 20_000 * EFFORT
WARM_UP = 2_000
LIMIT_KIB, GROWTH_KIB = 16 * 1024, 1024


def resident(pid):
    return int(re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())[1])


def mixed(client, number):
    """A round of everything, also of what is refused; every person it makes is deleted again."""
    name = f"memory-{number}"
    emails = [{"value": f"{name}-{n}@example.com", "type": "work"} for n in range(number % 40)]
    person = client.request("POST", "/Users", {"userName": name, "emails": emails, "title": "x" * (number % 5000)})
    assert person.status == 201, person
    address = f"/Users/{person.json['id']}"
    yield 201
    change = {"Operations": [{"op": "replace", "path": 'emails[type eq "work"].value', "value": "n@x"},
                             {"op": "add", "value": {"name.givenName": "G"}}]}
    for method, path, body in (
            ("GET", address, None), ("GET", "/Users?count=20", None), ("PATCH", address, change),
            ("GET", f"/Users?filter=userName%20eq%20%22{name}%22&attributes=emails.value", None),
            ("PUT", address, {"userName": name, "title": "y"}), ("POST", "/Users", {"userName": name}),
            ("POST", "/Users", b"[" * 20_000), ("GET", "/Users?filter=((((((x", None), ("GET", "/Schemas", None),
            ("GET", "/Robots", None), ("POST", "/Users", b'{"userName":"' + b"x" * 60_000), ("DELETE", address, None)):
        yield client.request(method, path, body).status


def test_memory_of_a_worker(cluster):
    directory = new_directory("sclt-memory-")
    program, binary = install_program(directory)
    socket = directory / "scimlet.sock"
    server = Server("responder", [program, "--listen", socket, "--workers", 1], directory / "log",
                    environment={"SCIMLET_DATABASE": cluster.conninfo("scim_service"),
                                 "SCIMLET_PUBLIC_URL": "http://127.0.0.1"}).start()
    try:
        wait_until(lambda: len(processes_of(binary)) == 2 and socket.exists(), 5, "the worker is there")
        worker = next(pid for pid in processes_of(binary) if pid != server.pid)
        client = FastCgi(socket, cluster.token_of_acme)
        statuses = (status for number in itertools.count() for status in mixed(client, number))
        seen = set(itertools.islice(statuses, WARM_UP))
        before = resident(worker)
        seen.update(itertools.islice(statuses, REQUESTS))
        after = resident(worker)
    finally:
        server.stop()
    print(f"resident: {before} KiB after {WARM_UP} requests, {after} KiB after {REQUESTS} more")
    assert seen == {200, 201, 204, 400, 404, 409}
    assert after < LIMIT_KIB
    assert after - before < GROWTH_KIB
