"""What is counted, not timed, without a web server: instructions, statements, round trips, memory."""
import itertools
import json
import re

from harness.client import PATCH_OP
from harness.process import hand_over

from bench.people import MORE, OPERATIONS, ORG, ask
from bench.responder import Responder
from bench.wire import Relay

FEW, MANY = 50, 150
# Five plans for the values at hand come first; scim.fold(), run to make them, would count as a statement.
PLANNED = 8


def instructions_of_run(conninfo, tokens, people, operation, count):
    """All that a responder executes from its start to its end, by callgrind."""
    responder = Responder(conninfo, tokens)
    out = hand_over_new(responder.directory / "callgrind.out")
    responder.prefix = ("valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={out}")
    with responder:
        ask(responder, operation, people, count)
    return int(re.search(r"^(?:summary|totals): (\d+)", out.read_text(), re.M)[1])


def hand_over_new(path):
    path.touch()
    return hand_over(path)


def instructions(conninfo, tokens, people, tell):
    """Per request: the difference of two runs leaves out starting, connecting and ending."""
    result = {}
    for name, operation in {**OPERATIONS, "list_of_50": MORE["list_of_50"]}.items():
        tell(f"instructions: {operation.title}")
        few, many = (instructions_of_run(conninfo, tokens, people, operation, count) for count in (FEW, MANY))
        result[name] = (many - few) / (MANY - FEW)
    result["row"] = (result["list"] - result["list_of_50"]) / 50
    return result


# pg_stat_statements sees what PostgreSQL executed, whatever way it came.
EXECUTED = """SELECT sum(calls) FROM pg_stat_statements
    WHERE userid = 'scim_service'::regrole AND query !~* '^\\s*(begin|commit|rollback|set|reset|show)\\M'"""


def statements(database, tokens, people, count=100):
    """Statements and round trips per request of one worker that has prepared what it needs."""
    relay, result = Relay(database), {}
    with Responder(relay.conninfo, tokens) as responder:
        for name, operation in OPERATIONS.items():
            ask(responder, operation, people, PLANNED)
            database.sql("SELECT pg_stat_statements_reset()")
            relay.forget()
            ask(responder, operation, people, count)
            result[name] = {"statements": int(database.sql(EXECUTED)) / count,
                            "statements_on_the_wire": len(relay.data_statements()) / count,
                            "round_trips": relay.round_trips / count}
    return result


def round_of(own, name, known):
    """Everything that can be asked about a person, also what is refused; the last takes the person away."""
    users = f"/scim/v2/{ORG}/Users"
    yield "GET", own, None
    yield "PATCH", own, {"schemas": [PATCH_OP], "Operations": [
        {"op": "replace", "path": 'emails[type eq "work"].value', "value": f"{name}@example.org"},
        {"op": "remove", "path": "title"}]}
    yield "PUT", own, {"userName": name}
    yield "POST", users, {"userName": name.upper()}
    yield "POST", users, b"[" * 9000
    yield "GET", f"{users}?count=100", None
    yield "GET", f"{users}/{known}", None
    yield "GET", f"{users}?filter=userName%20eq%20%22{name}%22&attributes=emails.value", None
    yield "GET", f"{users}?filter=(((x", None
    yield "GET", f"/scim/v2/{ORG}/Schemas", None
    yield "GET", f"/scim/v2/{ORG}/Robots", None
    yield "DELETE", own, None


def mixed(responder, people):
    """The statuses of a stream of requests without an end."""
    def send(method, path, body):
        content = json.dumps(body).encode() if isinstance(body, dict) else body or b""
        return responder.request(ORG, method, path, content)

    for number, (_, known) in enumerate(itertools.cycle(people)):
        name = f"memory-{number}"
        created = send("POST", f"/scim/v2/{ORG}/Users", {
            "userName": name, "title": "x" * (number % 4000),
            "emails": [{"value": f"{i}@{name}.example.com", "type": "work"} for i in range(number % 30)]})
        yield created.status
        for method, path, body in round_of(f"/scim/v2/{ORG}/Users/{created.json['id']}", name, known):
            yield send(method, path, body).status


EXPECTED_OF_MIXED = {200, 201, 204, 400, 404, 409}


def memory(conninfo, tokens, people, requests, warm_up):
    """Of one worker: after its start, after some requests, after many."""
    result = {}
    with Responder(conninfo, tokens) as responder:
        statuses, seen, sent = mixed(responder, people), set(), 0
        for count in (1, warm_up, requests):
            seen.update(itertools.islice(statuses, count - sent))
            sent = count
            result[count] = responder.memory()
    if not seen <= EXPECTED_OF_MIXED:
        raise AssertionError(f"mixed requests were answered with {sorted(seen)}")
    return result
