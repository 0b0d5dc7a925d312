"""Bulks on a crash-safe database: how fast they are, what a killed worker leaves, bulks at the same time."""
import http.client
import itertools
import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest

from harness.client import GROUP, PATCH_OP, USER, Client
from harness.postgres import Database
from harness.process import wait_until
from harness.settings import EFFORT
from harness.web import Fcgid

PEOPLE = 1000
TEAMS = 300
KILLS = 8 * EFFORT
RATIO = 4       # 7 to 9 were measured
serial = itertools.count(1)


@pytest.fixture(scope="module")
def safe():
    """A database that waits for its disk, behind one front."""
    database = Database(crash_safe=True)
    database.start()
    front = Fcgid(database)
    front.start()
    yield front
    front.stop()
    database.stop()


@pytest.fixture
def client(safe):
    key = f"load-{next(serial)}"
    client = Client(safe.url(key), safe.database.organization(key), timeout=40)
    client.org = key
    yield client
    client.close()


def person(number):
    return {"schemas": [USER], "userName": f"person.{number}@example.com", "externalId": f"x{number}",
            "name": {"givenName": "Given", "familyName": f"Family {number}"}, "active": True,
            "emails": [{"value": f"person.{number}@example.com", "type": "work", "primary": True}]}


def create(data, bulk_id):
    return {"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": data}


def one_by_one(client):
    start = time.monotonic()
    for number in range(PEOPLE):
        assert client.post("/Users", person(f"single{number}")).status == 201
    return time.monotonic() - start


def in_bulk(client, round_):
    body = {"Operations": [create(person(f"bulk{round_}-{number}"), str(number)) for number in range(PEOPLE)]}
    start = time.monotonic()
    answer = client.post("/Bulk", body)
    spent = time.monotonic() - start
    assert {result["status"] for result in answer.json["Operations"]} == {"201"}
    return spent


def test_a_bulk_is_faster(client, capsys):
    client.create("warm.up")
    single = one_by_one(client)
    bulk = sorted(in_bulk(client, round_) for round_ in range(3))[1]
    with capsys.disabled():
        print(f"\n{PEOPLE} creates: {single:.2f} s one by one, {bulk:.2f} s in a bulk, "
              f"{single / bulk:.1f} times faster")
    assert single / bulk >= RATIO


def team(number):
    """A group that waits for two people: three operations that belong to one transaction."""
    return [{"method": "POST", "path": "/Groups", "bulkId": f"g{number}",
             "data": {"schemas": [GROUP], "displayName": f"team {number}",
                      "members": [{"value": f"bulkId:a{number}"}, {"value": f"bulkId:b{number}"}]}},
            create(person(f"a{number}"), f"a{number}"), create(person(f"b{number}"), f"b{number}")]


def test_a_killed_worker(safe, client):
    """What is there afterwards is whole: no group without its members, no team by halves in the middle."""
    choose = random.Random(7644)
    body = {"Operations": [operation for number in range(TEAMS) for operation in team(number)]}
    seen = set()
    for _ in range(KILLS):
        clean(safe.database, client.org)
        killer = threading.Timer(choose.uniform(.01, .35), kill_workers, [safe])
        killer.start()
        try:
            answer = client.post("/Bulk", body, check=False)
        except (http.client.HTTPException, OSError):
            answer = None
            client.close()
        killer.join()
        counts = state(safe.database, client.org)
        seen.add(counts["groups"])
        assert counts["users"] == 2 * counts["groups"] == counts["members"] == counts["in teams"], counts
        if answer is not None and answer.status == 200:
            assert counts["groups"] == TEAMS
    assert len(seen) > 1, "every kill came too early or too late: no test"


def kill_workers(front):
    for pid in front.workers():
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass    # it had ended by itself


def clean(database, org):
    database.sql(f"DELETE FROM scim.groups WHERE org = '{org}'; DELETE FROM scim.users WHERE org = '{org}'")


def state(database, org):
    """Once no backend works any more, the figures of the organization."""
    deadline = time.monotonic() + 10
    while database.sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'scim_service' AND state <> 'idle'",
                       "postgres") != "0":
        assert time.monotonic() < deadline
        time.sleep(.02)
    names = ["users", "groups", "members", "in teams"]
    figures = database.sql(f"""
        SELECT (SELECT count(*) FROM scim.users WHERE org = '{org}'),
               (SELECT count(*) FROM scim.groups WHERE org = '{org}'),
               (SELECT count(*) FROM scim.group_members WHERE org = '{org}'),
               (SELECT coalesce(sum(member_count) FILTER (WHERE member_count = 2), 0)
                  FROM scim.groups WHERE org = '{org}')""")
    return dict(zip(names, map(int, figures.split("|")), strict=True))


@pytest.fixture
def trouble(safe):
    """Makes the database do something when a person called poison comes."""
    def make(action, when=""):
        safe.database.sql(f"""
            CREATE FUNCTION public.trouble() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
                AS $$BEGIN {action}; RETURN NULL; END$$;
            CREATE CONSTRAINT TRIGGER trouble AFTER INSERT ON scim.users {when}
                FOR EACH ROW WHEN (NEW.user_name LIKE 'poison%') EXECUTE FUNCTION public.trouble()""")

    yield make
    safe.database.sql("DROP FUNCTION public.trouble() CASCADE")


END_BACKEND = "PERFORM pg_terminate_backend(pg_backend_pid())"
CRASH = "EXECUTE format('COPY (SELECT) TO PROGRAM ''kill -9 %s''', pg_backend_pid())"


def three_pieces(poison, other):
    operations = [create(person(number), str(number)) for number in range(300)]
    operations[150]["data"]["userName"] = poison
    operations[160]["data"]["userName"] = other
    return operations


def stored_names(front, org):
    return set(front.database.sql(f"SELECT user_name FROM scim.users WHERE org = '{org}'").splitlines())


def test_a_connection_lost_within_a_piece(safe, client, trouble):
    trouble(END_BACKEND)
    results = client.post("/Bulk", {"Operations": three_pieces("poison", "harmless")}).json["Operations"]
    assert [result["status"] for result in results] == ["201"] * 100 + ["503"] * 100 + ["201"] * 100
    assert all("nothing was changed" in result["response"]["detail"] for result in results[100:200])
    assert stored_names(safe, client.org) == {person(number)["userName"] for number in [*range(100), *range(200, 300)]}


def test_a_commit_of_unknown_outcome(safe, client, trouble):
    """The server crashes while the second piece is committed; who failed before has failed for certain."""
    trouble(CRASH, when="DEFERRABLE INITIALLY DEFERRED")
    operations = three_pieces("poison", person(0)["userName"])
    results = client.post("/Bulk", {"Operations": operations}).json["Operations"]
    wait_until(safe.database.answers, 20, "PostgreSQL recovers")
    assert [result["status"] for result in results[:100]] == ["201"] * 100
    assert results[160]["status"] == "409"
    for result in results[100:160] + results[161:200]:
        assert result["status"] == "503" and "may or may not" in result["response"]["detail"], result
    made = {operation["data"]["userName"] for operation, result in zip(operations, results, strict=True)
            if result["status"] == "201"}
    assert stored_names(safe, client.org) == made


def test_a_lost_piece_counts_as_errors(safe, client, trouble):
    trouble(END_BACKEND)
    answer = client.post("/Bulk", {"Operations": three_pieces("poison", "harmless"), "failOnErrors": 5})
    assert [result["status"] for result in answer.json["Operations"]] == ["201"] * 100 + ["503"] * 5
    assert len(stored_names(safe, client.org)) == 100


def test_a_bulk_ends_in_time(safe, client, trouble):
    """Five seconds for each piece: those that cannot begin in time are refused, and say so."""
    trouble("PERFORM pg_sleep(.05)")
    operations = [create({"userName": f"poison {number}"}, str(number)) for number in range(PEOPLE)]
    start = time.monotonic()
    answer = client.post("/Bulk", {"Operations": operations})
    assert time.monotonic() - start < 30
    made = {result["bulkId"] for result in answer.json["Operations"] if result["status"] == "201"}
    assert len(answer.json["Operations"]) == PEOPLE
    assert {result["status"] for result in answer.json["Operations"]} == {"201", "503"}
    assert stored_names(safe, client.org) == {f"poison {number}" for number in made}
    assert len(made) >= 200


def memory_of(front):
    """The most that any worker has needed so far, in bytes."""
    return max(int(line.split()[1]) * 1024 for pid in front.workers()
               for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))


def test_memory(safe, client):
    """Small changes of a large person: what each of them reads is let go before the next."""
    large = person("large")
    large["addresses"] = [{"formatted": "x" * 60000, "type": f"t{number}"} for number in range(15)]
    address = f"/Users/{client.create(large.pop('userName'), **large)['id']}"

    def change(count):
        operations = [{"method": "PATCH", "path": address, "data": {"schemas": [PATCH_OP], "Operations": [
            {"op": "replace", "path": "title", "value": f"{count} {number}"}]}} for number in range(count)]
        answer = client.post("/Bulk", {"Operations": operations})
        assert {result["status"] for result in answer.json["Operations"]} == {"200"}
        return memory_of(safe)

    before = change(4)
    assert change(104) - before < 16 * 1024 * 1024


def test_bulks_that_meet(safe, client):
    """Two change the same people in opposite orders: they deadlock, and neither client sees it."""
    made = client.post("/Bulk", {"Operations": [create(person(n), str(n)) for n in range(100)]}).json["Operations"]
    ids = [result["location"].rsplit("/", 1)[1] for result in made]
    start, answers = threading.Barrier(2), {}

    def change(name, order):
        mine = Client(client.url, client.token, timeout=40)
        for round_ in range(5):
            start.wait()
            answers[name, round_] = mine.post("/Bulk", {"Operations": [
                {"method": "PATCH", "path": f"/Users/{identity}", "data": {"schemas": [PATCH_OP], "Operations": [
                    {"op": "replace", "path": "title", "value": f"{name} {round_}"}]}} for identity in order]})
        mine.close()

    threads = [threading.Thread(target=change, args=(name, order))
               for name, order in (("up", ids), ("down", ids[::-1]))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 10
    for answer in answers.values():
        assert {result["status"] for result in answer.json["Operations"]} == {"200"}
    versions = safe.database.sql(f"SELECT DISTINCT version FROM scim.users WHERE org = '{client.org}'")
    assert versions == "11"     # every change of every bulk happened once
