"""Many clients at one group: no change lost, none twice, nobody told of a deadlock (trust.md R2, R3, R4).

SCIMLET_TEST_EFFORT multiplies the numbers; 10 is what the README's claims were measured with.
"""
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from harness.client import Client
from harness.groups import add, create_group, ids, load_people, member, patch, remove
from harness.settings import EFFORT

# The database decides, not the front; mod_fcgid, with all its processes busy, would only sleep a second.
pytestmark = pytest.mark.parametrize("front", ["proxy", "lighttpd"], indirect=True, scope="session")

CLIENTS = 16
CHANGES = 2500 * EFFORT     # each behind two fronts
ROUNDS = 50 * EFFORT


@pytest.fixture
def organization_of(front, database):
    """An organization of its own for a test, and a way for each thread to talk to it."""
    clients = []

    def make(name):
        org = f"{name}-{front.name}"
        token = database.organization(org)

        def client():
            clients.append(Client(front.url(org), token, timeout=60))
            return clients[-1]

        return org, client

    yield make
    for client in clients:
        client.close()


def in_parallel(count, work):
    """Call work(number) in so many threads; the first exception of any, or the results."""
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, range(count)))


def check_group(database, client, org, group, expected):
    """The group as clients see it, as rows, and as it counts itself."""
    shown = client.get(f"/Groups/{group['id']}").json
    assert ids(shown.get("members", [])) == sorted(expected)
    rows = database.sql(f"SELECT member_id FROM scim.group_members WHERE org = '{org}'"
                        f" AND group_id = '{group['id']}'").split()
    assert sorted(rows) == sorted(expected)
    counted = database.sql(f"SELECT member_count, version FROM scim.groups WHERE org = '{org}'"
                           f" AND id = '{group['id']}'")
    count, version = map(int, counted.split("|"))
    assert count == len(rows)
    return version


def test_no_member_is_lost_and_none_twice(front, database, organization_of):
    org, client_of = organization_of("members")
    people = load_people(database, org, CLIENTS * 40)
    group = create_group(client_of(), "Everybody")
    seed = random.randrange(2 ** 32)
    print("seed", seed)

    def change(number):
        """Each client has people of its own, so that it knows who must be in at the end."""
        client, choice = client_of(), random.Random(seed + number)
        own, inside, statuses, effective = people[number::CLIENTS], set(), Counter(), 0
        for _ in range(CHANGES // CLIENTS):
            some = choice.sample(own, choice.choice((1, 1, 1, 3)))
            coming = choice.random() < 0.55
            operation = (add if coming else remove)(*({"id": id} for id in some))
            answer = patch(client, group, operation, query="?attributes=id")
            statuses[answer.status] += 1
            after = inside | set(some) if coming else inside - set(some)
            effective += after != inside
            inside = after
        return inside, statuses, effective

    results = in_parallel(CLIENTS, change)
    told = sum((statuses for _, statuses, _ in results), Counter())
    assert set(told) == {200}, f"seed {seed}: {told}"
    expected = [id for inside, _, _ in results for id in inside]
    version = check_group(database, client_of(), org, group, expected)
    # Each change that changed something counts once, those that did not count nothing.
    assert version == 1 + sum(effective for _, _, effective in results), f"seed {seed}"


def test_one_of_eight_with_the_same_condition(front, database, organization_of):
    org, client_of = organization_of("conditions")
    people = load_people(database, org, 8)
    clients = [client_of() for _ in range(8)]
    group = create_group(clients[0], "Contended")
    start = Barrier(8)
    version = ['W/"1"']
    # In each round everybody has a change that no other one makes.
    kinds = {
        "PATCH members": lambda client, n, turn, condition: patch(
            client, group, (add if turn % 2 else remove)({"id": people[n]}), {"op": "replace", "path": "externalId",
            "value": f"{turn}-{n}"}, query="?attributes=id", headers=condition),
        "PUT": lambda client, n, turn, condition: client.put(
            f"/Groups/{group['id']}?attributes=id", {"displayName": "Contended", "externalId": f"{turn}+{n}",
            "members": [{"value": people[n]}]}, headers=condition),
    }

    def compete(number):
        won = Counter()
        for turn in range(ROUNDS):
            write = kinds["PUT" if (number + turn) % 4 == 0 else "PATCH members"]
            start.wait(60)
            condition = {"If-Match": version[0]}
            start.wait(60)
            answer = write(clients[number], number, turn, condition)
            won[answer.status] += 1
            if answer.status == 200:
                version[0] = answer.headers["etag"]
            rounds[turn][number] = answer.status
        return won

    rounds = [[None] * 8 for _ in range(ROUNDS)]
    in_parallel(8, compete)
    for turn, statuses in enumerate(rounds):
        assert sorted(statuses) == [200] + [412] * 7, f"round {turn}: {statuses}"
    # A winner's own change may be two rows, but it is one answer: versions only grow.
    assert int(version[0].strip('W/"')) > ROUNDS


def test_people_are_deleted_while_groups_are_changed(front, database, organization_of):
    """Foreign keys and locks in both directions: 4xx where somebody was too late, never 5xx, no orphan."""
    org, client_of = organization_of("deleted")
    database.scimlet("org", "set", org, "guard_per_hour=off")   # all of them go
    people = load_people(database, org, 60 * EFFORT)
    setup = client_of()
    groups = [create_group(setup, f"Group {n}") for n in range(6)]
    patch(setup, groups[0], add(groups[1]))
    patch(setup, groups[2], add(groups[1], groups[3]))
    waiting = list(people)
    gone, lock, seed = set(), threading.Lock(), random.randrange(2 ** 32)
    print("seed", seed)

    def delete(client, choice):
        with lock:
            id = waiting.pop(choice.randrange(len(waiting))) if waiting else None
        if id is None:
            return None
        answer = client.delete(f"/Users/{id}")
        with lock:
            gone.add(id)
        return answer

    def change(client, choice):
        some = [{"value": id} for id in choice.sample(people, 5)]
        operation = choice.choice([
            {"op": "add", "path": "members", "value": some}, {"op": "remove", "path": "members", "value": some},
            {"op": "replace", "path": "members", "value": some},
            {"op": "add", "path": "members", "value": [member(choice.choice(groups))]}])
        return patch(client, choice.choice(groups), operation, query="?attributes=id")

    def work(number):
        client, choice, told = client_of(), random.Random(seed + number), Counter()
        for _ in range(60 * EFFORT):
            answer = (delete if choice.random() < 0.2 else change)(client, choice)
            if answer is not None:
                told[answer.status, answer.json.get("scimType") if answer.status >= 400 else None] += 1
        return told

    told = sum(in_parallel(12, work), Counter())
    assert set(told) <= {(200, None), (204, None), (400, "invalidValue")}, f"seed {seed}: {told}"
    assert told[204, None] == len(gone) and told[200, None], told
    for group in groups:
        shown = setup.get(f"/Groups/{group['id']}").json
        assert not gone & set(ids(shown.get("members", []))), f"seed {seed}"
        check_group(database, setup, org, group, ids(shown.get("members", [])))
