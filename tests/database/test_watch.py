"""`scimlet watch`: every row of the log once, whoever writes and whatever happens to the database."""
import json
import os
import random
import signal
import subprocess
import threading
import time
import uuid
from contextlib import contextmanager

import pytest

from harness.postgres import Database
from harness.process import wait_until
from harness.settings import BUILD

DONE, NOT_FOUND = 0, 3
WRITERS = 8
# Of the plain look that finds what nobody told of.
PLAIN_LOOK_SECONDS = 5
PATIENCE = 60       # seconds, for what comes at once unless the machine is busy


class Watch:
    """A watcher at work, and the lines that it has printed."""

    def __init__(self, database, *arguments, user=None):
        conninfo = database.conninfo(user) if user else database.conninfo()
        self.process = subprocess.Popen([BUILD / "scimlet", "--dsn", conninfo, *arguments], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.lines, self.said = [], []
        self.readers = [threading.Thread(target=self.read, args=(stream, into))
                        for stream, into in ((self.process.stdout, self.lines), (self.process.stderr, self.said))]
        for reader in self.readers:
            reader.start()

    @staticmethod
    def read(stream, into):
        for line in stream:
            into.append(line.rstrip("\n"))

    def subjects(self):
        return [json.loads(line)["subject"] for line in self.lines]

    def has(self, *subjects):
        return set(subjects) <= set(self.subjects())

    def end(self, how=signal.SIGINT):
        self.process.send_signal(how)
        status = self.process.wait(PATIENCE)
        for reader in self.readers:
            reader.join()
        return status


@contextmanager
def watching(database, *arguments, org=None, **options):
    """A watcher who is known to the writers; ended at the latest here."""
    before = looks(database)
    watch = Watch(database, *arguments, **options)
    try:
        # Behind the first look everything is news.
        wait_until(lambda: watch.process.poll() is not None or looks(database) > before, PATIENCE, "the watcher looks")
        yield watch
    finally:
        if watch.process.poll() is None:
            watch.end()


def looks(database):
    return int(database.sql("SELECT coalesce(sum(calls), 0) FROM public.pg_stat_statements WHERE query ~ '^-- watch_look'"))


def watchers(database, org):
    return int(database.sql(f"SELECT count(*) FROM scim.watchers WHERE until > now() AND org = '{org}'"))


def log(org, subject, result=200, reason="NULL"):
    return f"SELECT scim.log_done('{org}', 'update', 'User', NULL, '{subject}', NULL, NULL, {result}, {reason});"


def is_told(database, watch, org, name):
    """Writes rows until one is shown long before a plain look could have found it; their subjects."""
    subjects = []
    for number in range(5):
        subjects.append(f"{name}-{number}")
        if number:      # the look behind one that found something comes soon; the plain one after it is far away
            seen = looks(database)
            wait_until(lambda: looks(database) > seen, PATIENCE, "the next look")
        database.sql(log(org, subjects[-1]))
        began = time.monotonic()
        wait_until(lambda: watch.has(subjects[-1]), PATIENCE, "the row is shown")
        if number and time.monotonic() - began < PLAIN_LOOK_SECONDS - 2:
            return subjects
    raise AssertionError("it was told of no row")


@pytest.fixture
def org(database):
    key = f"watch-{uuid.uuid4().hex[:12]}"
    database.scimlet("org", "create", key)
    return key


def test_rows_come_as_soon_as_they_are_committed(database, org):
    with watching(database, "-o", "json", "watch", org) as watch:
        assert watchers(database, org) == 1
        written = is_told(database, watch, org, "prompt")
        assert watch.end() == DONE
        assert watch.subjects() == written
    assert watchers(database, org) == 0, "nobody is to notify any more"


def test_the_columns_are_those_of_the_log(database, org):
    with watching(database, "watch", org) as watch:
        database.sql(log(org, "ann\tlee", 403, "'login.suspended', ARRAY['ann']"))
        wait_until(lambda: len(watch.lines) == 2, PATIENCE, "heading and row")
        watch.end()
    assert watch.lines == database.scimlet("log", org).stdout.splitlines()
    assert "Ctrl-C" in watch.said[0]


def test_all_organizations_and_only_refusals(database, org):
    other = f"{org}-b"
    database.scimlet("org", "create", other)
    with watching(database, "-o", "json", "watch", "--rejected") as watch:
        database.sql(log(org, "fine") + log(other, "bad", 403, "'login.suspended', ARRAY['bad']"))
        wait_until(lambda: watch.has("bad"), PATIENCE, "told of the row")
        row, = [json.loads(line) for line in watch.lines]
        assert (row["org"], row["result"], row["status"]) == (other, "refused", 403)
    with watching(database, "-o", "csv", "watch") as watch:
        database.sql(log(org, "one") + log(other, "two"))
        wait_until(lambda: len(watch.lines) == 3, PATIENCE, "heading and rows")
        assert watch.lines[0].startswith("org,at,result,")
        assert {line.split(",")[0] for line in watch.lines[1:]} == {org, other}


def test_what_was_there_before_is_not_shown(database, org):
    database.sql(log(org, "before"))
    with watching(database, "-o", "json", "watch", org) as watch:
        database.sql(log(org, "after"))
        wait_until(lambda: watch.has("after"), PATIENCE, "the new row")
        assert watch.subjects() == ["after"]


def test_a_row_that_nobody_told_of_is_found(database, org):
    """As behind a pooler that swallows notifications."""
    with watching(database, "-o", "json", "watch", org) as watch:
        database.sql(f"INSERT INTO scim.request_log (org, request_id, action, subject, result, status) "
                     f"VALUES ('{org}', 'r', 'update', 'silent', 'done', 200)")
        wait_until(lambda: watch.has("silent"), PATIENCE, "the plain look")


def test_a_transaction_that_began_before_is_not_missed(database, org):
    """Its row has an early time and comes late."""
    with subprocess.Popen(["psql", "-XAtq"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                          env=database.environment()) as early:
        early.stdin.write(f"BEGIN; {log(org, 'early')}\n\\echo written\n")
        early.stdin.flush()
        wait_until(lambda: early.stdout.readline() == "written\n", PATIENCE, "the row is written")
        with watching(database, "-o", "json", "watch", org) as watch:
            for number in range(3):
                database.sql(log(org, f"late-{number}"))
                wait_until(lambda: watch.has(f"late-{number}"), PATIENCE, "a later row")
            assert not watch.has("early")
            early.stdin.write("COMMIT;\n")
            early.stdin.close()
            wait_until(lambda: watch.has("early"), PATIENCE, "the early row")
            watch.end()
    assert sorted(watch.subjects()) == ["early", "late-0", "late-1", "late-2"]


def write_much(database, org, writer, committed, transactions):
    """Transactions of all kinds in one psql session; those that were committed are noted."""
    chance = random.Random(writer)
    with subprocess.Popen(["psql", "-XAtq"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True, env=database.environment()) as psql:
        for number in range(transactions):
            name = f"w{writer}-{number}"
            end = chance.choice(["COMMIT", "COMMIT", "COMMIT", "ROLLBACK"])
            try:
                psql.stdin.write(f"BEGIN; {log(org, name)} SAVEPOINT part; {log(org, name + '-part')} "
                                 f"{chance.choice(['ROLLBACK TO part', 'RELEASE part'])}; {log(org, name + '-end')} "
                                 f"SELECT pg_sleep({chance.random() / 20}); {end};\n\\echo {name}\n")
                psql.stdin.flush()
                while (line := psql.stdout.readline()) and line != name + "\n":
                    pass
            except BrokenPipeError:
                break
            if not line:
                break
        committed.append(writer)


def stored(database, org):
    return sorted(database.sql(f"SELECT subject FROM scim.request_log WHERE org = '{org}'").split())


def test_none_is_lost_and_none_doubled(database, org):
    done = []
    with watching(database, "-o", "json", "watch", org) as watch, watching(database, "-o", "json", "watch") as all_of_them:
        threads = [threading.Thread(target=write_much, args=(database, org, writer, done, 40)) for writer in range(WRITERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(done) == WRITERS
        rows = stored(database, org)
        assert len(rows) > WRITERS * 40
        for each in (watch, all_of_them):
            wait_until(lambda: len(each.lines) >= len(rows), PATIENCE, "all rows", pause=0.2)
        time.sleep(0.6)
        watch.end(signal.SIGTERM)
        all_of_them.end()
    assert sorted(watch.subjects()) == rows
    assert sorted(all_of_them.subjects()) == rows


def test_the_database_crashes_meanwhile():
    database = Database()
    database.start()
    try:
        database.scimlet("org", "create", "acme")
        with watching(database, "-o", "json", "watch", "acme") as watch:
            threads = [threading.Thread(target=write_much, args=(database, "acme", writer, [], 10000))
                       for writer in range(WRITERS)]
            for thread in threads:
                thread.start()
            wait_until(lambda: len(watch.lines) > 50, PATIENCE, "rows come")
            database.stop(signal.SIGQUIT)
            for thread in threads:
                thread.join()
            wait_until(lambda: any("does not answer" in line for line in watch.said), PATIENCE, "it says so")
            database.start()
            database.sql(log("acme", "meanwhile"))
            wait_until(lambda: any("answers again" in line for line in watch.said), PATIENCE, "and again")
            is_told(database, watch, "acme", "after")
            time.sleep(0.6)
            assert watch.end() == DONE
            assert sorted(watch.subjects()) == stored(database, "acme")
            assert watch.has("meanwhile")
            assert len([line for line in watch.said if "answer" in line]) == 2, watch.said
    finally:
        database.stop()


def notifications(database, *statements):
    """How many a session that listens gets of what it does itself."""
    out = database.sql("LISTEN scimlet_log; " + "; ".join(statements) + "; SELECT 1")
    return out.count('Asynchronous notification "scimlet_log"')


def test_without_a_watcher_nobody_notifies(database, org):
    other = f"{org}-b"
    database.scimlet("org", "create", other)
    database.sql("DELETE FROM scim.watchers")       # of tests in which one was killed
    assert notifications(database, log(org, "x")) == 0
    for watched, expected in ((org, 1), ("*", 1), (other, 0)):
        database.sql(f"INSERT INTO scim.watchers (org) VALUES ('{watched}')")
        assert notifications(database, f"BEGIN; {log(org, 'x')} {log(org, 'y')} COMMIT") == expected, watched
        database.sql("UPDATE scim.watchers SET until = now()")
        assert notifications(database, log(org, "x")) == 0, "one who has gone"
        database.sql("DELETE FROM scim.watchers")


def test_those_who_only_read_may_watch(database, org):
    for user in ("watch_reader", "watch_auditor"):
        database.sql(f"DROP ROLE IF EXISTS {user}; CREATE ROLE {user} LOGIN IN ROLE {user.replace('watch', 'scim')}")
    for user in ("watch_reader", "watch_auditor", "scim_service"):
        with watching(database, "-o", "json", "watch", org, user=user) as watch:
            is_told(database, watch, org, user)


def test_one_who_has_died_is_cleared_away(database, org):
    database.sql(f"INSERT INTO scim.watchers (org, until) VALUES ('{org}', now() - interval '1 second')")
    with watching(database, "watch", org):
        assert database.sql(f"SELECT count(*) FROM scim.watchers WHERE org = '{org}'") == "1"


def test_nobody_reads_any_more(database, org):
    read, write = os.pipe()
    with subprocess.Popen([BUILD / "scimlet", "--dsn", database.conninfo(), "-q", "watch", org], stdout=write) as process:
        os.close(write)
        os.close(read)
        deadline = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < deadline:
            database.sql(log(org, "into the void"))
            time.sleep(0.2)
        process.kill()
    assert process.returncode not in (DONE, -signal.SIGKILL)


def test_wrong_use(database):
    assert database.scimlet("watch", "nobody-here", check=False).returncode == NOT_FOUND
    assert database.scimlet("watch", "NOT A KEY", check=False).returncode == NOT_FOUND
