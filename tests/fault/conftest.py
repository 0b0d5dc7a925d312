"""Fixtures of the fault tests: a cluster that may be stopped and crashed, and fronts of its own."""
import pytest

from harness.client import Client
from harness.postgres import Database
from harness.web import FRONTS


@pytest.fixture(scope="module")
def cluster():
    """A crash-safe cluster; who stops it starts it again."""
    database = Database(crash_safe=True)
    database.start()
    database.token_of_acme = database.organization("acme")
    database.scimlet("org", "set", "acme", "guard_per_hour=off")    # many people come and go here
    yield database
    database.stop()


@pytest.fixture(scope="module", params=FRONTS)
def service(request, cluster):
    front = FRONTS[request.param](cluster)
    front.start()
    yield front
    front.stop()


@pytest.fixture
def acme(service, cluster):
    client = Client(service.url("acme"), cluster.token_of_acme)
    yield client
    client.close()
