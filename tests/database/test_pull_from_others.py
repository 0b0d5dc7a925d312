"""`scimlet pull` from a server that others wrote: scim2-server of the scim2-py project, which pages, filters and refuses in its own way."""
import json
import os
import subprocess
import threading
import urllib.request
import uuid
from http import HTTPStatus
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from scim2_server.memory import InMemoryStorage
from scim2_server.testserver.application import BearerTokenApplication
from scim2_server.utils import load_default_provider

from harness.client import ENTERPRISE, GROUP, SCIM_JSON, USER
from harness.settings import BUILD

TOKEN = "secret-token"
# More than a page of `scimlet pull`, which asks for 200 at a time.
PEOPLE, GROUPS = 210, 3


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        """Who asks what is not of interest."""


class Other:
    """The other server and what it answers to its own client."""

    def __init__(self):
        application = BearerTokenApplication(InMemoryStorage(), load_default_provider(), bearer_tokens=[TOKEN])
        self.server = make_server("127.0.0.1", 0, application, handler_class=Quiet)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v2"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def create(self, endpoint, **resource):
        request = urllib.request.Request(f"{self.url}/{endpoint}", json.dumps(resource).encode(),
                                         {"Authorization": f"Bearer {TOKEN}", "Content-Type": SCIM_JSON})
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.status == HTTPStatus.CREATED
            return json.load(answer)["id"]

    def fill(self):
        people = []
        for number in range(PEOPLE):
            manager = {"manager": {"value": people[0]}} if people else {}
            people.append(self.create("Users", schemas=[USER, ENTERPRISE], userName=f"p{number}", externalId=f"e{number}",
                                      active=number % 7 != 0, name={"familyName": f"Ünï {number}"},
                                      emails=[{"value": f"p{number}@x.test", "type": "work", "primary": True}],
                                      **{ENTERPRISE: {"department": "Tours", **manager}}))
        groups = []
        for number in range(GROUPS):
            members = [{"value": member} for member in people[number::GROUPS] + groups]
            groups.append(self.create("Groups", schemas=[GROUP], displayName=f"Group {number}", members=members))


@pytest.fixture(scope="module")
def other():
    other = Other()
    other.fill()
    yield other
    other.server.shutdown()
    other.server.server_close()


@pytest.fixture
def org(database):
    key = f"other-{uuid.uuid4().hex[:12]}"
    database.scimlet("org", "create", key)
    return key


def pull(database, org, other, *options, token=TOKEN):
    return subprocess.run([BUILD / "scimlet", "--dsn", database.conninfo(), "pull", org, other.url, "--token-file", "-",
                           "--rejects", os.devnull, *options], input=token, text=True, capture_output=True, check=False, timeout=120)


def state(database, org):
    return database.sql(f"""SELECT
        (SELECT count(*) || ' people, ' || count(*) FILTER (WHERE active) || ' active, ' || count(manager_id) || ' with a manager, '
             || count(*) FILTER (WHERE resource #>> '{{name,familyName}}' = 'Ünï ' || substr(user_name, 2)) || ' names'
           FROM scim.users WHERE org = '{org}'),
        (SELECT string_agg(display_name || ' ' || member_count, ', ' ORDER BY display_name) FROM scim.groups WHERE org = '{org}')""")


def test_people_and_groups_of_another_make_come_over(database, org, other):
    assert pull(database, org, other, "--dry-run").returncode == 10
    assert state(database, org) == "0 people, 0 active, 0 with a manager, 0 names|"
    done = pull(database, org, other)
    assert done.returncode == 0, done.stdout + done.stderr
    assert state(database, org) == "210 people, 180 active, 209 with a manager, 210 names|Group 0 70, Group 1 71, Group 2 72"
    again = pull(database, org, other)
    assert again.returncode == 0, again.stdout + again.stderr
    assert database.sql(f"SELECT max(version) FROM scim.users WHERE org = '{org}'") == "1", "the same again changes nobody"
    assert database.sql(f"SELECT count(*) FROM scim.check('{org}')") == "0"


def test_its_refusal_is_told(database, org, other):
    done = pull(database, org, other, token="another")
    assert done.returncode not in (0, 1, 10) and "401" in done.stderr, done.stderr
    assert state(database, org) == "0 people, 0 active, 0 with a manager, 0 names|"
