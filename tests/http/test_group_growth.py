"""What large groups cost: a change touches no more than in a small group, a read needs no more memory.

Buffers are the database's own count of pages touched, of all statements of the request together (pg_stat_statements).
"""
import json
from pathlib import Path

import pytest

from harness.client import Client
from harness.groups import add, create_group, load_members, load_people, patch, remove
from harness.settings import SANITIZER_LOGS

# Many people, so one front that keeps its workers.
pytestmark = pytest.mark.parametrize("front", ["lighttpd"], indirect=True, scope="session")

LARGE, SMALL = 100_000, 10
# Pages per request are counted over so many, each with somebody else.
REPEATED = 20
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def organization_of_many(front, database):
    """(client, small group, large group, people who are in neither)."""
    org = "growth"
    client = Client(front.url(org), database.organization(org), timeout=60)
    people = load_people(database, org, LARGE + 10 * REPEATED, "member")
    small, large = create_group(client, "Small"), create_group(client, "Large")
    load_members(database, org, large, people[:LARGE])
    load_members(database, org, small, people[:SMALL])
    database.sql("VACUUM ANALYZE scim.users, scim.groups, scim.group_members")
    yield client, small, large, people[LARGE:]
    client.close()


def buffers(database, ask, people):
    """Pages touched per request, with everything warm: ask(person) was asked before, with others."""
    for person in people[REPEATED:]:
        ask(person)
    database.sql("SELECT pg_stat_statements_reset()")
    for person in people[:REPEATED]:
        ask(person)
    touched = database.sql("""
        SELECT sum(shared_blks_hit + shared_blks_read) FROM pg_stat_statements
         WHERE userid = 'scim_service'::regrole AND toplevel AND query NOT LIKE '%scim.tokens AS used%'""")
    return int(touched) / REPEATED


def changed(client, group, operation):
    """A PATCH that must have changed something."""
    before = client.get(f"/Groups/{group['id']}?excludedAttributes=members").headers["etag"]
    answer = patch(client, group, operation, query="?attributes=id")
    assert answer.status == 200, answer
    assert answer.headers["etag"] != before
    return answer


@pytest.mark.parametrize("operation", [add, remove], ids=["add", "remove"])
def test_a_change_of_one_member(organization_of_many, database, operation):
    client, small, large, people = organization_of_many
    cost = {}
    for name, group in (("small", small), ("large", large)):
        if operation is remove:
            assert patch(client, group, add(*({"id": id} for id in people)), query="?attributes=id").status == 200

        def ask(person, group=group):
            assert patch(client, group, operation({"id": person}), query="?attributes=id").status == 200

        cost[name] = buffers(database, ask, people)
        patch(client, group, remove(*({"id": id} for id in people)), query="?attributes=id")
    print(f"pages per {operation.__name__}: {cost}")
    assert cost["large"] <= 1.5 * cost["small"], cost


def test_a_change_is_one(organization_of_many):
    """What is counted above is not a PATCH that does nothing."""
    client, _, large, people = organization_of_many
    changed(client, large, add({"id": people[0]}))
    changed(client, large, remove({"id": people[0]}))


@pytest.mark.parametrize("query", ["excludedAttributes=members", "attributes=displayName"])
def test_a_read_without_members(organization_of_many, database, query):
    client, small, large, people = organization_of_many
    cost = {}
    for name, group in (("small", small), ("large", large)):
        def ask(_, group=group):
            assert "members" not in client.get(f"/Groups/{group['id']}?{query}").json

        cost[name] = buffers(database, ask, people)
    print(f"pages per read without members: {cost}")
    assert cost["large"] <= 1.2 * cost["small"], cost


def memory(pid):
    """A process's memory now and at its highest, in bytes."""
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {name: int(fields[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM")}


@pytest.mark.parametrize("path", ["/Groups/{id}", "/Groups/{id}?attributes=members", "/Groups",
                                  "/Groups/{id}?attributes=members.value",
                                  "/Groups/{id}?excludedAttributes=members.display"])
def test_a_read_of_all_members(organization_of_many, front, path):
    client, small, large, people = organization_of_many
    for _ in range(20):     # every worker has served, and has its memory for it
        assert client.get(f"/Groups/{small['id']}").status == 200
    for pid in front.workers():
        # proc(5): 5 sets the highest back to what it is now.
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    before = {pid: memory(pid) for pid in front.workers()}
    answers = [client.get(path.format(id=large["id"])) for _ in range(4)]
    after = {pid: memory(pid) for pid in front.workers()}
    for answer in answers:
        assert answer.status == 200
        group = next(one for one in answer.json.get("Resources", [answer.json]) if one["id"] == large["id"])
        members = [entry["value"] for entry in group["members"]]
        assert len(members) == len(set(members)) == LARGE
        assert not set(members) & set(people)
        assert len(answer.body) > 4 * MIB, "small enough to be held"
    grown = {pid: (after[pid]["VmRSS"] - before[pid]["VmRSS"], after[pid]["VmHWM"] - before[pid]["VmRSS"])
             for pid in before}
    print("bytes of resident memory grown, and at most: ", json.dumps(grown))
    assert set(after) == set(before), "a worker was replaced"
    # AddressSanitizer keeps what was freed for a while.
    if SANITIZER_LOGS is None:
        assert max(max(pair) for pair in grown.values()) <= 8 * MIB, grown
