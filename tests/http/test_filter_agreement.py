"""Three opinions on random filters: the database's, that of the matcher in memory, and a model's (trust.md F2).

SCIMLET_TEST_EFFORT multiplies the number of filters, each of which is held against 200 resources; 100 makes 100,000. A
failure names seed and number: setting SCIMLET_TEST_SEED to the seed repeats the run.
"""
import json
import os
import random
import subprocess

import pytest

from harness.client import ENTERPRISE, SEARCH_REQUEST, Client
from harness.filters import ATTRIBUTES, Generator, Writer, holds
from harness.groups import create_group
from harness.settings import BUILD, EFFORT, SANITIZER_LOGS

pytestmark = pytest.mark.parametrize("front", ["lighttpd"], indirect=True, scope="session")

SEED = int(os.environ.get("SCIMLET_TEST_SEED", random.randrange(2 ** 32)))
FILTERS = (1000 if SANITIZER_LOGS is None else 200) * EFFORT
PEOPLE, GROUPS = 150, 50
PAGE = 50


class Population:
    """Random people and groups, in an organization of their own."""

    def __init__(self, client, choice):
        self.client, self.choice = client, choice
        self.words = Generator(choice, "User", [{}])
        self.people = [self.person(number) for number in range(PEOPLE)]
        self.groups = []
        for number in range(GROUPS):
            self.groups.append(self.group(number))
        self.reread()

    def word(self):
        return self.words.word() or None

    def element(self, subs):
        return {sub: self.choice.random() < 0.5 if kind == "boolean" else
                self.choice.choice(["work", "Home", self.word()]) if sub == "type" else self.word()
                for sub, kind in subs.items() if self.choice.random() < 0.7}

    def elements(self, kind):
        """Up to three, of which one is primary."""
        elements = [self.element(kind) for _ in range(self.choice.randint(0, 3))]
        for later in elements[1:]:
            later.pop("primary", None)
        return elements

    def value(self, kind):
        if isinstance(kind, list):
            return self.elements(kind[0])
        if isinstance(kind, dict):
            return self.element(kind)
        return self.choice.random() < 0.5 if kind == "boolean" else self.word()

    def person(self, number):
        body, extension = {}, {}
        for name, kind in ATTRIBUTES["User"].items():
            if name in ("id", "meta", "schemas", "groups", "userName") or self.choice.random() < 0.35:
                continue
            if name.startswith(ENTERPRISE):
                extension[name[len(ENTERPRISE) + 1:]] = self.value(kind)
            else:
                body[name] = self.value(kind)
        # No control characters; the number keeps names apart that are the same once folded.
        user_name = f"{(self.word() or '').replace(chr(9), '')}#{number:03}"
        return self.client.create(user_name, **body, **{ENTERPRISE: extension})

    def group(self, number):
        members = self.choice.sample(self.people, self.choice.randint(0, 6)) + self.choice.sample(
            self.groups, min(len(self.groups), self.choice.choice((0, 0, 1, 2))))
        return create_group(self.client, f"{self.word() or ''}#{number:03}", *members, externalId=self.word())

    def reread(self):
        """As they are answered now that everybody is there."""
        self.resources = {}
        for name in ("User", "Group"):
            listed = []
            while (page := self.client.get(f"/{name}s?count={PAGE}&startIndex={len(listed) + 1}").json)["itemsPerPage"]:
                listed += page["Resources"]
            assert len(listed) == page["totalResults"]
            self.resources[name] = listed


class Memory:
    """The matcher, as a program."""

    def __init__(self, resources):
        subprocess.run(["make", "-s", "-C", BUILD, "tests/fuzz/match_filter"], check=True)
        self.program = subprocess.Popen([BUILD / "tests/fuzz/match_filter"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, encoding="utf-8")
        self.ask({"resources": resources["User"] + resources["Group"]})

    def ask(self, question):
        self.program.stdin.write(json.dumps(question) + "\n")
        self.program.stdin.flush()

    def found(self, name, text):
        self.ask({"type": name, "filter": text})
        return self.program.stdout.readline().strip()

    def stop(self):
        self.program.stdin.close()
        assert self.program.wait(10) == 0


def in_database(client, name, resources, text):
    """The same line, of what a search finds."""
    found, total = set(), None
    while total is None or len(found) < total:
        answer = client.post(f"/{name}s/.search", {"schemas": [SEARCH_REQUEST], "filter": text, "attributes": ["id"],
                                                   "startIndex": len(found) + 1, "count": 200})
        if answer.status == 400:
            assert answer.json["scimType"] == "invalidFilter", answer
            return "refused"
        assert answer.status == 200, answer
        page = answer.json
        total = page["totalResults"]
        before = len(found)
        found |= {resource["id"] for resource in page.get("Resources", [])}
        assert len(found) > before or total == 0, page
    return "".join("01"[resource["id"] in found] for resource in resources)


@pytest.fixture(scope="module")
def population(front, database):
    client = Client(front.url("filters"), database.organization("filters"), timeout=60)
    yield Population(client, random.Random(SEED))
    client.close()


def test_filters(population):
    memory = Memory(population.resources)
    disagreements, refused, told = [], 0, {"0": 0, "1": 0}
    for number in range(FILTERS):
        choice = random.Random(f"{SEED} {number}")
        name = choice.choice(("User", "User", "Group"))
        resources = population.resources[name]
        tree = Generator(choice, name, resources).tree()
        text = Writer(choice, name).write(tree)
        opinions = {"database": in_database(population.client, name, resources, text),
                    "memory": memory.found(name, text),
                    "model": "".join("01"[holds(name, tree, resource)] for resource in resources)}
        refused += opinions["database"] == "refused"
        for answer in told:
            told[answer] += opinions["model"].count(answer)
        if len(set(opinions.values())) > 1:
            disagreements.append((number, name, text, tree, opinions))
    memory.stop()
    print(f"seed {SEED}: {FILTERS} filters, {refused} refused, {told} answers")
    assert not disagreements, f"seed {SEED}: {len(disagreements)} of {FILTERS}\n" + "\n".join(
        explain(population, *one) for one in disagreements[:25])
    # Filters that all match nothing would agree, too.
    assert refused == 0 and min(told.values()) > sum(told.values()) / 20


def explain(population, number, name, text, tree, opinions):
    """One disagreement: the first resource about which they differ."""
    if "refused" in opinions.values():
        return f"{number}: {text}: {({who: what[:7] for who, what in opinions.items()})}"
    at = next(n for n in range(len(opinions["model"])) if len({what[n] for what in opinions.values()}) > 1)
    return (f"{number}: {text}\n  {tree}\n  {({who: what[at] for who, what in opinions.items()})} of "
            f"{json.dumps(population.resources[name][at], ensure_ascii=False)}")
