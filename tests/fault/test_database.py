"""PostgreSQL is stopped, restarted, full, read-only, locked, or silent: 503, and back by itself (RFC 7644 3.12)."""
import os
import signal
import subprocess
import time
from collections import defaultdict
from contextlib import contextmanager

import pytest

from harness.client import Client
from harness.process import halt_family, wait_until

# How long an answer may take in any trouble, and a recovery after it.
ANSWER_SECONDS, RECOVERY_SECONDS = 10, 2
recoveries = defaultdict(list)      # seconds, by the port of the web server


def timed(ask):
    """An answer, which must not have been waited for too long."""
    start = time.monotonic()
    answer = ask()
    assert time.monotonic() - start < ANSWER_SECONDS + .5, answer
    return answer


def refused(acme):
    """Reads and writes are refused for the time being; nothing is done by halves."""
    for ask in (lambda: acme.get("/Users?count=1"), lambda: acme.get("/Users/00000000-0000-0000-0000-000000000000"),
                lambda: acme.post("/Users", {"userName": "never"})):
        timed(ask).error(503)
    health = timed(lambda: Client(acme.url.removesuffix("/acme"), None).get("/healthz", check=False))
    assert health.status == 503


def recovers(acme):
    """The service is back soon, in every worker."""
    start = time.monotonic()
    wait_until(lambda: acme.get("/Users?count=1").status == 200, RECOVERY_SECONDS, "the service is back", .05)
    recoveries[acme.port].append(time.monotonic() - start)
    statuses = [acme.get("/Users?count=1").status for _ in range(12)]
    assert statuses == [200] * 12
    assert acme.get("/Users?filter=userName%20eq%20%22never%22").json["totalResults"] == 0


def test_stopped_and_started(acme, cluster):
    assert acme.get("/Users?count=1").status == 200
    cluster.stop()
    try:
        refused(acme)
        refused(acme)
    finally:
        cluster.start()
    recovers(acme)


def test_restarted_between_two_requests(acme, cluster):
    """The connection broke while nobody looked: a read is repeated on a new one."""
    assert acme.get("/Users?count=1").status == 200
    cluster.stop()
    cluster.start()
    assert timed(lambda: acme.get("/Users?count=1")).status in (200, 503)
    recovers(acme)


def test_connections_ended_by_the_dba(acme, cluster):
    for method, path, body in (("GET", "/Users?count=1", None), ("POST", "/Users", {"userName": "after a cut"})):
        acme.get("/Users?count=1")
        cluster.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'scim_service'")
        answer = timed(lambda method=method, path=path, body=body: acme.request(method, path, body))
        assert answer.status in (200, 201, 503), answer
    recovers(acme)
    cluster.sql("DELETE FROM scim.users WHERE user_name = 'after a cut'")


def test_out_of_connections(acme, cluster):
    cluster.sql("ALTER ROLE scim_service CONNECTION LIMIT 0")
    cluster.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'scim_service'")
    try:
        refused(acme)
    finally:
        cluster.sql("ALTER ROLE scim_service CONNECTION LIMIT -1")
    recovers(acme)


@contextmanager
def read_only(cluster):
    cluster.sql("ALTER SYSTEM SET default_transaction_read_only = on")
    cluster.sql("SELECT pg_reload_conf()")
    try:
        yield
    finally:
        cluster.sql("SET default_transaction_read_only = off; ALTER SYSTEM RESET default_transaction_read_only")
        cluster.sql("SELECT pg_reload_conf()")


def test_read_only(acme, cluster):
    person = acme.create(f"reader-{acme.port}")
    address = f"/Users/{person['id']}"
    with read_only(cluster):
        # A reload reaches the backends one by one.
        wait_until(lambda: {acme.post("/Users", {"userName": "never"}).status for _ in range(16)} == {503}, 6, "writes are refused")
        for _ in range(8):
            assert acme.get(address).json == person
            timed(lambda: acme.post("/Users", {"userName": "never"})).error(503)
            timed(lambda: acme.put(address, {"userName": "never"})).error(503)
            timed(lambda: acme.delete(address)).error(503)
    cluster.sql("DELETE FROM scim.users WHERE user_name = 'never'")
    recovers(acme)
    wait_until(lambda: acme.delete(address).status == 204, 2, "writes are done again")


def test_settings_of_the_login(acme, cluster):
    """Whatever else was set for it changes what SQL means, but not for us."""
    cluster.sql("ALTER ROLE scim_service SET row_security = off; ALTER ROLE scim_service SET default_transaction_isolation = 'serializable'; "
                "ALTER ROLE scim_service SET datestyle = 'German'; ALTER ROLE scim_service SET bytea_output = 'escape'; "
                "ALTER ROLE scim_service SET client_encoding = 'LATIN1'; ALTER ROLE scim_service SET array_nulls = off; "
                "ALTER ROLE scim_service SET search_path = 'nowhere'; ALTER ROLE scim_service SET statement_timeout = '1ms'; "
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'scim_service'")
    try:
        recovers(acme)
        person = acme.create(f"odd-{acme.port}", displayName="Żółć")
        assert acme.get(f"/Users?filter=id%20eq%20%22{person['id']}%22").json["Resources"] == [person]
        address = f"/Users/{person['id']}"
        assert acme.patch(address, {"op": "add", "path": "title", "value": "x"}).json["displayName"] == "Żółć"
        assert acme.delete(address).status == 204
    finally:
        cluster.sql("ALTER ROLE scim_service RESET ALL; "
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'scim_service'")
    recovers(acme)


@contextmanager
def row_locked(cluster, identity):
    """A DBA's transaction that holds a person's row."""
    dba = subprocess.Popen(["psql", "-XAtq"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                           env=cluster.environment())
    dba.stdin.write(f"BEGIN; SELECT 'locked' FROM scim.users WHERE id = '{identity}' FOR UPDATE;\n")
    dba.stdin.flush()
    assert dba.stdout.readline() == "locked\n"
    try:
        yield
    finally:
        dba.stdin.close()
        dba.wait(10)
        dba.stdout.close()


def test_a_locked_row(acme, cluster):
    person = acme.create(f"locked-{acme.port}")
    address = f"/Users/{person['id']}"
    with row_locked(cluster, person["id"]):
        timed(lambda: acme.patch(address, {"op": "add", "path": "title", "value": "x"})).error(503)
        assert acme.get(address).json == person
    assert acme.patch(address, {"op": "add", "path": "title", "value": "x"}).status == 200


@contextmanager
def silent(cluster):
    """A black hole: connections stay, new ones are taken by the kernel, and nobody answers."""
    # Not only the backends that are there now: a worker may be about to connect.
    stopped = halt_family(cluster.server.pid)
    try:
        yield
    finally:
        for pid in stopped:
            try:
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:
                pass    # a backend whose client went away ends as soon as it may


def test_silence(acme, cluster):
    assert acme.get("/Users?count=1").status == 200
    with silent(cluster):
        timed(lambda: acme.get("/Users?count=1")).error(503)
        timed(lambda: acme.post("/Users", {"userName": "never"})).error(503)
    recovers(acme)


@pytest.mark.parametrize("statement, repair", [
    ("INSERT INTO scim.schema_version (version, name) VALUES (1000, 'of the future')",
     "SET scim.maintenance = 'on'; DELETE FROM scim.schema_version WHERE version = 1000"),
    ("CREATE TABLE public.newest AS TABLE scim.schema_version; SET scim.maintenance = 'on'; DELETE FROM scim.schema_version WHERE version > 9",
     "INSERT INTO scim.schema_version TABLE public.newest ON CONFLICT DO NOTHING; DROP TABLE public.newest"),
    ("ALTER SCHEMA scim RENAME TO scim_gone", "ALTER SCHEMA scim_gone RENAME TO scim"),
])
def test_a_schema_that_does_not_fit(acme, cluster, statement, repair):
    """An upgrade has begun: the responder says so instead of guessing."""
    cluster.sql(statement)
    cluster.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'scim_service'")
    try:
        wait_until(lambda: acme.get("/Users?count=1").status == 503, 2, "requests are refused")
        acme.get("/Users?count=1").error(503)
    finally:
        cluster.sql(repair)
    recovers(acme)


def test_the_service_is_back_soon(acme, cluster):
    """In the middle of all that happened above; once it may be the machine that is slow."""
    if not recoveries[acme.port]:
        test_stopped_and_started(acme, cluster)
    spent = sorted(recoveries[acme.port])
    assert spent[len(spent) // 2] < RECOVERY_SECONDS, spent
