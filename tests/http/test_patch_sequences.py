"""Random sequences of PATCH operations against a model that shares no line with the program (trust.md F3, F4).

SCIMLET_TEST_EFFORT multiplies their number. A failure names its seed; SCIMLET_TEST_SEED repeats it.
"""
import copy
import os
import random
from collections import Counter

import pytest

from harness.client import Client
from harness.groups import create_group, ids, patch
from harness.patches import Operations, Refused, Undecided, apply
from harness.settings import EFFORT

pytestmark = pytest.mark.parametrize("front", ["lighttpd"], indirect=True, scope="session")

SEED = int(os.environ.get("SCIMLET_TEST_SEED", random.randrange(2 ** 32)))
OPERATIONS = 2000 * EFFORT
PER_PERSON = 40


@pytest.fixture(scope="module")
def client(front, database):
    client = Client(front.url("sequences"), database.organization("sequences"), timeout=60)
    yield client
    client.close()


def core(resource):
    """What the client decides; "primary": false and no "primary" are the same (RFC 7643 2.4)."""
    kept = {name: copy.deepcopy(value) for name, value in resource.items()
            if name not in ("id", "meta", "schemas", "groups")}
    for value in kept.values():
        for element in value if isinstance(value, list) else ():
            if element.get("primary") is False:
                del element["primary"]
    kept = {name: [element for element in value if element] if isinstance(value, list) else value
            for name, value in kept.items()}
    return {name: value for name, value in kept.items() if value != []}


def step(operations, before):
    """Some operations of one request that the model can judge; (as sent, the state after it, what is refused)."""
    while True:
        state, sent, trace = copy.deepcopy(before), [], []
        try:
            for _ in range(operations.choice.choice((1, 1, 1, 2, 3))):
                one = operations.operation(state)
                sent.append(operations.written(*one))
                trace.append(one)
                apply(state, *one)
        except Undecided:
            continue
        except Refused as why:
            if "path" not in sent[-1] and trace[-1][1][0] not in ("userName",):
                continue    # in a body, unknown and read-only attributes are passed over
            return sent, before, why
        return sent, state, None


def check_version(before, after):
    """The ETag changes exactly when the representation does."""
    same = {**before, "meta": None} == {**after, "meta": None}
    assert (before["meta"]["version"] == after["meta"]["version"]) == same
    assert before["meta"]["lastModified"] <= after["meta"]["lastModified"]
    if same:
        assert before == after


def test_people(client):
    told, done = Counter(), 0
    while done < OPERATIONS:
        operations = Operations(random.Random(f"{SEED} {done}"))
        shown = client.create(f"{SEED}-{done}")
        state = core(shown)
        for turn in range(PER_PERSON):
            where = f"seed {SEED}, person {done}, request {turn}"
            sent, wanted, refused = step(operations, state)
            answer = client.patch(f"/Users/{shown['id']}", *sent)
            after = client.get(f"/Users/{shown['id']}").json
            context = f"{where}\nsent {sent}\nto {state}"
            if refused is None:
                assert answer.status == 200, f"{context}\n{answer}"
                assert answer.json == after, context
            else:
                assert answer.status == 400, f"{context}\n{answer}"
                assert refused.args[0] in (None, answer.json["scimType"]), f"{context}\n{answer}"
                assert after == shown, f"{context}: refused, but changed something"
            assert core(after) == core(wanted), context
            check_version(shown, after)
            told[refused.args[0] if refused else "done"] += 1
            # What is shown, with each "primary": false, is what the next filter is about.
            shown, state = after, {**{name: value for name, value in after.items()
                                      if name not in ("id", "meta", "schemas", "groups")}}
            done += len(sent)
    print(f"seed {SEED}: {done} operations, requests {dict(told)}")
    assert told["done"] > 0.5 * sum(told.values())
    assert {"noTarget", "mutability", "invalidPath"} <= set(told)


class Team:
    """A group and what the model knows of it."""

    def __init__(self, client, choice, name, people, inner):
        self.client, self.choice = client, choice
        self.people, self.everybody = people, people + inner
        self.types = {**{one["id"]: "User" for one in people}, **{one["id"]: "Group" for one in inner}}
        self.names = {one["id"]: one["displayName"] for one in self.everybody}
        self.inside = set(ids(choice.sample(self.everybody, 4)))
        self.shown = create_group(client, name, *({"id": id} for id in self.inside))

    def some(self):
        return [one["id"] for one in self.choice.sample(self.everybody, self.choice.randint(1, 4))]

    def condition(self):
        """(filter, ids of the members it is true of)."""
        one, other = self.some()[0], self.some()[0]
        kind = self.choice.choice(("User", "Group"))
        name = self.names[one]
        return self.choice.choice([
            (f'value eq "{one}"', lambda id: id == one),
            (f'value ne "{one}"', lambda id: id != one),
            (f'value eq "{one}" or value eq "{other}"', lambda id: id in (one, other)),
            (f'type eq "{kind.lower()}"', lambda id: self.types[id] == kind),
            (f'not (type eq "{kind}")', lambda id: self.types[id] != kind),
            (f'display eq "{name.upper()}"', lambda id: self.names[id] == name),
            (f'type eq "{kind}" and not (display sw "{name}")',
             lambda id: self.types[id] == kind and not self.names[id].startswith(name)),
            ('value eq "nobody"', lambda id: False)])

    def operation(self, inside):
        """(as sent, who is in after it; None: refused)."""
        some = self.some()
        value = [{"value": id} for id in some]
        way = self.choice.random()
        if way < 0.05:
            stranger = {"value": "00000000-0000-4000-8000-00000000000" + str(self.choice.randint(0, 9))}
            return {"op": "add", "path": "members", "value": [*value, stranger]}, None
        if way < 0.35:
            bare = {"op": "Add", "value": {"members": value}}
            return self.choice.choice([bare, {"op": "add", "path": "Members", "value": value}]), inside | set(some)
        if way < 0.45:
            return {"op": "replace", "path": "members", "value": value}, set(some)
        if way < 0.65:
            return {"op": "remove", "path": "members", "value": value}, inside - set(some)
        if way < 0.7:
            return {"op": "remove", "path": "members"}, set()
        text, holds = self.condition()
        return {"op": "remove", "path": f"members[{text}]"}, {id for id in inside if not holds(id)}

    def request(self):
        inside, sent = self.inside, []
        for _ in range(self.choice.choice((1, 1, 2, 3))):
            operation, inside = self.operation(inside)
            sent.append(operation)
            if inside is None:
                break
        return sent, inside


def test_groups(client):
    people = [client.create(f"member-{SEED}-{n}", displayName=f"Person {n}") for n in range(8)]
    inner = [create_group(client, f"Team {SEED} {n}") for n in range(3)]
    done, refusals = 0, 0
    while done < OPERATIONS:
        team = Team(client, random.Random(f"{SEED} {done}"), f"Group {SEED} {done}", people, inner)
        for turn in range(PER_PERSON):
            sent, inside = team.request()
            answer = patch(client, team.shown, *sent)
            after = client.get(f"/Groups/{team.shown['id']}").json
            context = f"seed {SEED}, group {done}, request {turn}\nsent {sent}\nto {sorted(team.inside)}"
            if inside is None:
                assert answer.status == 400 and answer.json["scimType"] == "invalidValue", f"{context}\n{answer}"
                assert after == team.shown, f"{context}: refused, but changed something"
                refusals += 1
            else:
                assert answer.status == 200, f"{context}\n{answer}"
                assert answer.json == after, context
                assert ids(after.get("members", [])) == sorted(inside), context
                # Who a filter takes out and a later step puts back has been out: then the version may grow for nothing.
                filtered = any("[" in operation.get("path", "") for operation in sent)
                if len(sent) == 1 or not filtered or inside != team.inside:
                    check_version(team.shown, after)
                team.inside = inside
            team.shown = after
            done += len(sent)
    print(f"seed {SEED}: {done} operations, {refusals} requests refused")
    assert 0 < refusals < done / 5
