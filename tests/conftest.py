"""Fixtures of all tests that need a database or a web server. Everything is private and ends with the session."""
import collections
import functools
import itertools
import re
import zlib

import pytest
from xdist.scheduler import LoadScopeScheduling

from harness.client import Client
from harness.postgres import Database
from harness.web import FRONTS, every_front, selected_fronts


@pytest.fixture(scope="session")
def database():
    """The database that the four fronts share."""
    database = Database()
    database.start()
    yield database
    database.stop()


@pytest.fixture(scope="session")
def tokens(database):
    """Two organizations, so that each test can look over the fence."""
    return {org: database.organization(org) for org in ("acme", "other")}


@pytest.fixture(scope="session", params=selected_fronts())
def front(request, database):
    """A web server with the shipped configuration; every test runs behind each of them."""
    front = FRONTS[request.param](database)
    front.start()
    yield front
    front.stop()


@pytest.fixture(autouse=True)
def servers_live(request):
    """A test during which a server or a worker died has failed, whatever it found out."""
    front = request.getfixturevalue("front") if "front" in request.fixturenames else None
    yield
    if front is not None:
        front.check()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows what the servers said while it ran."""
    report = yield
    for name in ("front", "service"):
        front = item.funcargs.get(name) if hasattr(item, "funcargs") else None
        if report.failed and front is not None and front.server is not None:
            report.sections.append((f"log of {front.name}", front.log()[-3000:]))
    return report


@pytest.fixture
def acme(front, tokens):
    client = Client(front.url("acme"), tokens["acme"])
    yield client
    client.close()


@pytest.fixture
def other(front, tokens):
    client = Client(front.url("other"), tokens["other"])
    yield client
    client.close()


serial = itertools.count(1)


@pytest.fixture
def unique(front):
    """A word that no other test uses."""
    return f"{front.name}{next(serial)}"


@pytest.fixture
def organization(front, database):
    """Makes clients of organizations that nobody else has touched."""
    clients = []

    def make(**token_options):
        key = f"{front.name}-{next(serial)}"
        clients.append(Client(front.url(key), database.organization(key, **token_options)))
        clients[-1].org = key
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def front_of(item):
    """The name of the web server that the test runs behind, or "" where it says none."""
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    return parameters.get("front") or parameters.get("service") or ""


def in_turn(item, fronts):
    """Is it the turn of this front for a test that is marked any_front? Chosen by the test's name."""
    if not item.get_closest_marker("any_front") or len(fronts) == 1 or every_front():
        return True
    name = item.nodeid.replace(front_of(item), "")
    return front_of(item) == fronts[zlib.crc32(name.encode()) % len(fronts)]


def pytest_collection_modifyitems(config, items):
    """Which tests run."""
    fronts = collections.defaultdict(set)
    for item in items:
        fronts[item.path, item.originalname].add(front_of(item))
    kept, left_out = [], []
    for item in items:
        behind = sorted(fronts[item.path, item.originalname])
        (kept if in_turn(item, behind) else left_out).append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=left_out)


class ByServer(LoadScopeScheduling):
    """Which tests belong together for pytest-xdist: what shares a web server, else a file.

    Tests of a file that is for all fronts go with their front, so that a worker starts each front once, and fixtures of a
    module are made once. (Groups by mark need something of pytest that version 9 no longer has.)
    """

    FRONT = re.compile(rf"[\[-]({'|'.join(FRONTS)})(?=[]-])")

    def _split_scope(self, nodeid):
        file = nodeid.partition("::")[0]
        return self.front(nodeid) if len(self.fronts()[file]) == len(FRONTS) else f"{self.front(nodeid)} {file}"

    def front(self, nodeid):
        found = self.FRONT.search(nodeid)
        return found[1] if found else ""

    @functools.cache
    def fronts(self):
        """The fronts of each file."""
        fronts = collections.defaultdict(set)
        for nodeid in self.collection:
            fronts[nodeid.partition("::")[0]].add(self.front(nodeid))
        return fronts


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return ByServer(config, log)
