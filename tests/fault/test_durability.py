"""What was answered with 2xx is there, whatever was killed meanwhile."""
import http.client
import itertools
import os
import random
import signal
import threading
import time

import pytest

from harness.client import Client
from harness.process import wait_until
from harness.settings import EFFORT
from harness.web import Fcgid, Lighttpd, Proxy

WRITERS = 6
loads = itertools.count(1)
KILLS = 15 * EFFORT
CRASHES = 3 * EFFORT


class Load:
    """Writers that create people and remember what they were told."""

    def __init__(self, target, token):
        self.target, self.token, self.prefix = target, token, f"{target.name}-{next(loads)}-"
        self.created, self.titled, self.odd = {}, {}, []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.write, args=(number,)) for number in range(WRITERS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def write(self, number):
        client = Client(self.target.url("acme"), self.token)
        serial = 0
        while not self.stopping.is_set():
            serial += 1
            name = f"{self.prefix}{number}-{serial}"
            try:
                self.one(client, name)
            except (http.client.HTTPException, OSError):
                client.close()      # cut off: nothing was promised
        client.close()

    def one(self, client, name):
        answer = client.post("/Users", {"userName": name, "displayName": name}, check=False)
        if answer.status == 201:
            identity = answer.json["id"]
            self.created[name] = identity
            answer = client.patch(f"/Users/{identity}", {"op": "add", "path": "title", "value": name}, check=False)
            if answer.status == 200:
                self.titled[name] = identity
        # 500, 502 and 503 are the web servers' words for a worker that died under a request.
        if answer.status not in (200, 201, 500, 502, 503):
            self.odd.append(answer)
        if answer.status == 500 and answer.headers.get("content-type") == "application/scim+json":
            self.odd.append(answer)


@pytest.fixture(params=[Fcgid, Proxy, Lighttpd], ids=lambda kind: kind.name)
def target(request, cluster):
    target = request.param(cluster)
    target.start()
    yield target
    target.stop()


def verify(load, cluster):
    """Every acknowledged write is there; nothing else is there by halves."""
    rows = cluster.sql("SELECT user_name, id, display_name, title, resource->>'title' FROM scim.users")
    stored = {row.split("|")[0]: row.split("|")[1:] for row in rows.splitlines()}
    assert not load.odd, load.odd[:3]
    assert load.created, "the load made nothing: no test"
    lost = [name for name, identity in load.created.items() if stored.get(name, [None])[0] != identity]
    untitled = [name for name in load.titled if stored.get(name, [""] * 3)[2] != name]
    assert not lost and not untitled, (lost[:5], untitled[:5])
    for name, (_, display_name, title, in_resource) in stored.items():
        if name.startswith(load.prefix):
            assert display_name == name and title == in_resource, name


def test_killed_workers(target, cluster):
    choose = random.Random(7644)
    with Load(target, cluster.token_of_acme) as load:
        for _ in range(KILLS):
            time.sleep(.1)
            spawned = [pid for pid in target.workers() if pid != supervisor(target)]
            if spawned:
                try:
                    os.kill(choose.choice(spawned), signal.SIGKILL)
                except ProcessLookupError:
                    pass    # it had ended by itself
        time.sleep(.5)
    verify(load, cluster)


def supervisor(target):
    return target.responder.pid if isinstance(target, Proxy) else None


def is_back(client):
    """mod_fcgid lets who finds all processes busy sleep a second, and perhaps again and again: then somebody else asks."""
    try:
        return client.get("/Users?count=1", check=False).status == 200
    except (http.client.HTTPException, OSError):
        client.close()
        return False


def test_crashed_postgresql(target, cluster):
    client = Client(target.url("acme"), cluster.token_of_acme, timeout=3)
    spent = []
    with Load(target, cluster.token_of_acme) as load:
        for _ in range(CRASHES):
            time.sleep(.7)
            cluster.stop(signal.SIGQUIT)
            cluster.start()
            start = time.monotonic()
            wait_until(lambda: is_back(client), 2, "back after the crash", .02)
            spent.append(time.monotonic() - start)
    assert min(spent) < 2, spent
    verify(load, cluster)
