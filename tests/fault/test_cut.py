"""The connection to PostgreSQL is cut between two messages of an answer: what is said of it is true, and nothing is half done."""
import json
import subprocess

import pytest

from harness.cut import PANIC, Relay, error
from harness.fastcgi import FastCgi
from harness.postgres import Database, scimlet
from harness.process import Server, install_program, new_directory, wait_until
from harness.settings import BUILD

UNKNOWN = "it may or may not have been saved"
UNCHANGED = "nothing was changed"
# Batches of 20.
SMALL = BUILD / "tests/scimlet-small"
PEOPLE = 30


@pytest.fixture(scope="module")
def database():
    database = Database(options=["-c", "autovacuum=off"])
    database.start()
    yield database
    database.stop()


@pytest.fixture(scope="module")
def relay(database):
    relay = Relay(database)
    yield relay
    relay.stop()


def round_trip_in_transaction(kind, body):
    return kind + body == b"ZT"


def command_or_round_trip(kind, body):
    return kind in b"CZ"


# ---- imports

def records():
    for number in range(PEOPLE):
        yield {"userName": f"p{number}@example.com", "externalId": f"x{number}", "emails": [{"value": f"p{number}@example.com"}]}
    yield {"userName": "never", "active": "perhaps"}
    for number in range(3):
        yield {"displayName": f"team {number}", "members": [{"value": f"x{number}"}, {"value": f"x{PEOPLE - 1}"}]}


class Imports:
    """The same file into a new organization each time."""

    def __init__(self, database, relay, path):
        self.database, self.relay, self.path, self.number = database, relay, path, 0
        path.write_text("".join(json.dumps(record) + "\n" for record in records()))

    def run(self, org, *options):
        return subprocess.run([SMALL, "--dsn", self.relay.conninfo(self.database), "import", org, self.path, *options],
                              capture_output=True, text=True, timeout=60, check=False)

    def state(self, org):
        return self.database.sql(f"""
            SELECT user_name, version FROM scim.users WHERE org = '{org}' ORDER BY 1;
            SELECT display_name, version, member_count FROM scim.groups WHERE org = '{org}' ORDER BY 1;
            SELECT action, subject, result, count(*) FROM scim.request_log WHERE org = '{org}' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
            SELECT action, name, count(*) FROM scim.audit_events WHERE org = '{org}' AND resource_type <> 'Organization'
             GROUP BY 1, 2 ORDER BY 1, 2;
            SELECT state, records, counts FROM scim.import_runs WHERE org = '{org}' ORDER BY started DESC LIMIT 1;
            SELECT resource_type, sum(number) FROM scim.resource_counts WHERE org = '{org}' GROUP BY 1 ORDER BY 1""")

    def whole(self, **cut):
        """What is there in the end, when somebody goes on as is said to; how many messages there were; and what was said first."""
        self.number += 1
        org = f"cut-{self.number}"
        self.database.sql(f"SELECT scim.create_organization('{org}')")
        self.relay.begin(**cut)
        done = first = self.run(org)
        messages = self.relay.messages
        self.relay.begin()
        if first.returncode == 5:
            assert "--resume" in first.stderr and UNCHANGED not in first.stderr, first.stderr
            done = self.run(org, "--resume")
        assert done.returncode == 1, done.stderr
        return self.state(org), messages, first


@pytest.fixture(scope="module")
def imports(database, relay, tmp_path_factory):
    return Imports(database, relay, tmp_path_factory.mktemp("cut") / "all.jsonl")


def test_an_import_is_cut_in_a_transaction(imports, database):
    """After the last answer of a round trip, before the next: what was answered is gone with its transaction."""
    wanted, number, _ = imports.whole(which=round_trip_in_transaction)
    assert number > 5 and f"|{PEOPLE + 4}|" in wanted
    for at in range(1, number + 1):
        for_good = at == number // 2
        state, _, first = imports.whole(cut_at=at, which=round_trip_in_transaction, for_good=for_good)
        assert state == wanted, (at, first.stderr)
        assert first.returncode == 5 or not for_good, first.stderr
    database.scimlet("check")


# ---- words

@pytest.mark.parametrize("severity, state, message, words", [
    ("ERROR", "42P05", 'prepared statement "health" already exists', ("pool_mode = session", UNCHANGED)),
    ("ERROR", "53400", "temporary file size exceeds temp_file_limit (1024kB)", ("limit", "ALTER ROLE", UNCHANGED)),
    ("FATAL", "57P01", "terminating connection due to administrator command", ("The server ended the connection", UNCHANGED)),
    ("PANIC", "53100", "could not write to file", ("connection to the database was lost", "See whether the change is there"))])
def test_what_the_server_said_last(database, relay, severity, state, message, words):
    relay.begin(1, lambda kind, body: kind == b"1", last_words=error(severity, state, message), for_good=True)
    done = scimlet("org", "create", "never", conninfo=relay.conninfo(database), check=False)
    relay.begin()
    assert done.returncode == 5 and done.stdout == "", done
    for word in (*words, message):
        assert word in done.stderr, done.stderr
    assert "cannot be reached" not in done.stderr
    assert (UNCHANGED in done.stderr) == (UNCHANGED in words)


# ---- requests

class Responder:
    """One worker, whose messages can be counted."""

    def __init__(self, database, relay):
        directory = new_directory("sclt-cut-")
        program, _ = install_program(directory)
        self.server = Server("responder", [program, "--listen", directory / "socket", "--workers", 1], directory / "log",
                             environment={"SCIMLET_DATABASE": relay.conninfo(database, "scim_service"),
                                          "SCIMLET_PUBLIC_URL": "http://127.0.0.1"}).start()
        self.client = FastCgi(directory / "socket", database.organization("acme"))
        wait_until((directory / "socket").exists, 10, "the responder listens")


@pytest.fixture(scope="module")
def acme(database, relay):
    responder = Responder(database, relay)
    yield responder.client
    responder.server.stop()


def writes_done(database):
    return int(database.sql("SELECT count(*) FROM scim.request_log WHERE org = 'acme' AND result = 'done'"))


@pytest.fixture(scope="module")
def writes(acme):
    """A write each, that can be done again and again."""
    person = acme.request("POST", "/Users", {"userName": "jane"}).json["id"]
    group = acme.request("POST", "/Groups", {"displayName": "crew"}).json["id"]

    def rename(number):
        return {"Operations": [{"op": "replace", "path": "displayName", "value": f"crew {number}"},
                               {"op": "add", "path": "members", "value": [{"value": person}]}]}

    return {
        "POST": lambda number: acme.request("POST", "/Users", {"userName": f"new{number}"}),
        "group": lambda number: acme.request("PATCH", f"/Groups/{group}", rename(number)),
    }


@pytest.mark.parametrize("name, last_words", [("group", b""), ("POST", PANIC)], ids=["cut", "panic"])
def test_a_write_is_cut(database, relay, writes, name, last_words):
    """By the network, or by a server that goes down, at each answer to a command: 2xx is done and logged, and no refusal says of what was done that it was not."""
    write = writes[name]
    assert write(f"{name}0").status in (200, 201, 204)
    relay.begin(which=command_or_round_trip)
    assert write(f"{name}1").status in (200, 201, 204)
    done, unsure = writes_done(database), set()
    for at in range(1, relay.messages + 1):
        relay.begin(at, command_or_round_trip, last_words=last_words)
        answer = write(f"{name}{at + 1}")
        assert relay.happened
        relay.begin()
        before, done = done, writes_done(database)
        if answer.status < 300:
            assert done == before + 1, (at, answer)
        else:
            answer.error(503)
            detail = answer.json["detail"]
            assert UNKNOWN in detail or UNCHANGED in detail and done == before, (at, answer)
            if UNKNOWN in detail:
                unsure.add(done - before)
    assert 1 in unsure, "it was cut after its commit"
    database.scimlet("check")
