"""Batches of `scimlet import` that go in beside each other: what comes of it is what would have come one by one."""
import json
import re
import signal
import subprocess
import time

import pytest

from harness.settings import BUILD

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
BATCH = 2000
serial = iter(range(1, 1000))


def person(number, **more):
    return {"userName": f"p{number}@example.com", "externalId": f"x{number}",
            "emails": [{"value": f"p{number}@example.com", "primary": True}], **more}


class Run:
    def __init__(self, database, tmp_path):
        self.database, self.path, self.login = database, tmp_path / "people.jsonl", ""
        self.org = f"beside-{next(serial)}"
        database.scimlet("org", "create", self.org)

    def write(self, records):
        """After a first batch of others: it always goes alone, and tells that externalId is the style of the file."""
        records = [{"userName": f"first{n}", "externalId": f"f{n}"} for n in range(BATCH)] + list(records)
        self.path.write_text("".join(json.dumps(record) + "\n" for record in records))
        return self

    def command(self, *options):
        return [BUILD / "scimlet", "--dsn", self.database.conninfo() + self.login, "--verbose", "-o", "json", "import", self.org,
                str(self.path), *options]

    def start(self, *options):
        return subprocess.Popen(self.command(*options), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def end(self, process, status=0):
        """The counts that are not 0, and how many batches there were and how many of them went beside another."""
        out, errors = process.communicate(timeout=120)
        assert process.returncode == status, errors
        batches = re.search(r"(\d+) batches, (\d+) of them beside another", errors)
        return self.counts(out), tuple(map(int, batches.groups()))

    def counts(self, out):
        """Without those of the first batch."""
        counts = json.loads(out)
        counts["records"] -= BATCH
        counts["User.create" if counts["User.create"] >= BATCH else "User.same"] -= BATCH
        return {name: number for name, number in counts.items() if number}

    def __call__(self, *options, status=0):
        return self.end(self.start(*options), status)

    def sql(self, statement):
        return self.database.sql(f"SET scim.org = '{self.org}'; {statement}")

    def managers(self):
        """userName, the manager's, and how often the person was written."""
        return set(self.sql(f"""SELECT u.user_name, b.user_name, u.version FROM scim.users AS u
            JOIN scim.users AS b ON b.org = u.org AND b.id::text = u.manager_id WHERE u.org = '{self.org}'""").splitlines())

    def state(self):
        """How often each person was written, logged and noted in the audit, and the whole."""
        return self.sql(f"""
            SELECT user_name, version, external_id, (SELECT count(*) FROM scim.user_emails AS e WHERE e.org = u.org AND e.user_id = u.id)
              FROM scim.users AS u WHERE org = '{self.org}' ORDER BY user_name;
            SELECT action, status, subject, count(*) FROM scim.request_log WHERE org = '{self.org}' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
            SELECT action, name, count(*) FROM scim.audit_events WHERE org = '{self.org}' AND resource_type = 'User' GROUP BY 1, 2 ORDER BY 1, 2;
            SELECT sum(number) FROM scim.resource_counts WHERE org = '{self.org}' AND resource_type = 'User';
            SELECT state, records, counts FROM scim.import_runs WHERE org = '{self.org}';
            SELECT count(*) FROM scim.import_staging; SELECT count(*) FROM scim.import_matches""").replace(self.org, "ORG")


@pytest.fixture
def run(database, tmp_path):
    return Run(database, tmp_path)


@pytest.fixture
def again(database, tmp_path):
    """The same in another organization, to compare with."""
    return Run(database, tmp_path)


def manager(name):
    return {ENTERPRISE: {"manager": {"value": name}}}


class Holder:
    """A transaction that keeps something until the block ends."""

    def __init__(self, database, statement):
        self.database, self.statement = database, statement

    def __enter__(self):
        self.psql = subprocess.Popen(["psql", "-XAtq"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                     env=self.database.environment())
        self.psql.stdin.write(f"SET client_min_messages = error; BEGIN; {self.statement}; SELECT 'held';\n")
        self.psql.stdin.flush()
        while self.psql.stdout.readline() != "held\n":
            pass
        return self

    def __exit__(self, *_):
        self.psql.stdin.write("ROLLBACK;\n")
        self.psql.stdin.close()
        self.psql.wait()


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(.02)


@pytest.fixture
def single(database):
    """A login that may connect once, as on shared hosting: it has no second connection."""
    name = f"single_{next(serial)}"
    database.sql(f"CREATE ROLE {name} LOGIN CONNECTION LIMIT 1 IN ROLE scim_owner")
    yield name
    database.sql(f"DROP ROLE {name}")


def test_new_people_go_beside(run, again, single):
    """All but the first batch, and all is as if they had come one by one."""
    records = [person(n) for n in range(4 * BATCH)]
    counts, batches = run.write(records)()
    assert counts == {"records": 4 * BATCH, "User.create": 4 * BATCH} and batches == (5, 3)
    again.login = f" user={single}"
    assert again.write(records)() == (counts, (5, 0))
    assert run.state() == again.state()
    # A second time nobody is new: one attempt beside, then no more.
    assert run() == ({"records": 4 * BATCH, "User.same": 4 * BATCH}, (5, 0))


def test_names_that_meet(run):
    """The second of two records of one person is refused, also where a batch lies between; nothing goes beside that."""
    records = [person(n) for n in range(2 * BATCH)]
    records[BATCH + 7] = {**person(3), "externalId": "another"}
    records[2 * BATCH - 1] = {"userName": "other@example.com", "externalId": "x5"}
    counts, batches = run.write(records)(status=1)
    assert counts == {"records": 2 * BATCH, "User.create": 2 * BATCH - 2, "refused": 2} and batches == (3, 0)
    assert run.sql(f"SELECT line, reason FROM scim.import_rejects WHERE org = '{run.org}' ORDER BY 1").splitlines() == [
        f"{2 * BATCH + 8}|import.twice", f"{3 * BATCH}|import.twice"]


def test_managers_of_the_batch_before(run):
    """Are known when their reports come: nobody is written twice for that."""
    records = [person(n, **manager(f"x{n // 2}")) for n in range(2 * BATCH)]
    assert run.write(records)() == ({"records": 2 * BATCH, "User.create": 2 * BATCH}, (3, 1))
    assert run.managers() == {f"p{n}@example.com|p{n // 2}@example.com|1" for n in range(2 * BATCH)}


@pytest.mark.parametrize("style", ["reference", "external_id", "user_name"])
def test_managers_who_come_later(run, style):
    """Their ids are known before they come, in the style of the file, so that nobody is written twice."""
    names = {"reference": "r%d", "external_id": "x%d", "user_name": "p%d@example.com"}
    records = [person(n, **manager(names[style] % (3 * BATCH - 1 - n))) for n in range(3 * BATCH)]
    if style == "reference":
        records = [{**record, "id": f"r{n}"} for n, record in enumerate(records)]
    run.write(records)
    # The first batch shows the style.
    lines = run.path.read_text().splitlines()
    names = {"reference": "i1", "external_id": "f1", "user_name": "first1"}
    lines[1] = json.dumps({"userName": "first1", "externalId": "f1", "id": "i1", **manager(names[style])})
    run.path.write_text("\n".join(lines) + "\n")
    assert run() == ({"records": 3 * BATCH, "User.create": 3 * BATCH}, (4, 2))
    assert run.managers() >= {f"p{n}@example.com|p{3 * BATCH - 1 - n}@example.com|1" for n in range(3 * BATCH)}
    assert run.sql(f"SELECT options ->> 'named_by' FROM scim.import_runs WHERE org = '{run.org}'") == style


def test_managers_who_are_not_who_was_thought(run):
    """Nobody, somebody named in another way, somebody refused, and somebody who was here: all are right at the end."""
    run.sql(f"INSERT INTO scim.users (org, user_name, external_id) VALUES ('{run.org}', 'old', 'x{2 * BATCH + 5}')")
    records = [person(n) for n in range(3 * BATCH)]
    records[1].update(manager(f"x{2 * BATCH + 1}"))
    records[2].update(manager("nobody"))
    records[3].update(manager(f"p{2 * BATCH + 3}@example.com"))
    records[4].update(manager(f"x{2 * BATCH + 4}"))
    records[2 * BATCH + 4]["active"] = "perhaps"
    records[5].update(manager(f"x{2 * BATCH + 5}"))
    counts, _ = run.write(records)(status=1)
    assert counts == {"records": 3 * BATCH, "User.create": 3 * BATCH - 2, "User.update": 1, "User.manager": 3, "refused": 1}
    assert run.sql(f"""SELECT u.user_name, coalesce(b.user_name, u.manager_id), u.version FROM scim.users AS u
        LEFT JOIN scim.users AS b ON b.org = u.org AND b.id::text = u.manager_id
        WHERE u.org = '{run.org}' AND u.manager_id IS NOT NULL ORDER BY u.user_name""").splitlines() == [
        f"p1@example.com|p{2 * BATCH + 1}@example.com|1", "p2@example.com|nobody|2",
        f"p3@example.com|p{2 * BATCH + 3}@example.com|2", f"p4@example.com|x{2 * BATCH + 4}|2",
        f"p5@example.com|p{2 * BATCH + 5}@example.com|1"]


def test_managers_who_were_here_before(run):
    """A batch that names people of the one before, who turn out not to be new, goes in again behind it."""
    run.sql(f"INSERT INTO scim.users (org, user_name, external_id) VALUES ('{run.org}', 'old', 'x{BATCH + 7}')")
    records = [person(n) for n in range(3 * BATCH)]
    records[2 * BATCH + 1].update(manager(f"x{BATCH + 7}"))
    counts, batches = run.write(records)()
    assert counts == {"records": 3 * BATCH, "User.create": 3 * BATCH - 1, "User.update": 1} and batches[1] <= 1
    assert run.managers() == {f"p{2 * BATCH + 1}@example.com|p{BATCH + 7}@example.com|1"}


def test_settling_costs_the_same_for_many(run, again):
    """What managers who are not known yet cost at the end does not depend on how many people there are."""
    pages = []
    for which, number in ((again, 2 * BATCH), (run, 8 * BATCH)):
        # By userName, which is not the style: each is settled by a change.
        records = [person(n, **manager(f"p{number - 1 - n}@example.com")) for n in range(number)]
        which.write(records)
        which.database.sql("SELECT pg_stat_statements_reset()", user="scimlet")
        counts, _ = which()
        assert counts["User.manager"] >= number // 2
        pages.append(int(which.database.sql("""SELECT sum(shared_blks_hit + shared_blks_read) FROM pg_stat_statements
            WHERE query ~ 'import_next' AND toplevel""")) / counts["User.manager"])
    assert pages[1] < 1.5 * pages[0], pages


def test_somebody_who_is_known(run):
    """In the second batch: it goes in again, alone, and changes her."""
    run.sql(f"INSERT INTO scim.users (org, user_name, title) VALUES ('{run.org}', 'P{BATCH + 9}@example.com', 'Chief')")
    records = [person(n, title="Clerk") for n in range(2 * BATCH)]
    counts, batches = run.write(records)()
    assert counts == {"records": 2 * BATCH, "User.create": 2 * BATCH - 1, "User.update": 1} and batches == (3, 0)
    assert run.sql(f"SELECT DISTINCT title FROM scim.users WHERE org = '{run.org}' AND user_name ILIKE 'p%'") == "Clerk"


@pytest.mark.parametrize("kind", ["deleted_external_id", "deactivated_external_id"])
def test_somebody_who_comes_back(run, kind):
    run.database.scimlet("org", "set", run.org, "on_delete=suspend")
    run.sql(f"INSERT INTO scim.users (org, user_name, external_id) VALUES ('{run.org}', 'p{BATCH + 9}@example.com', 'x{BATCH + 9}')")
    run.sql("SELECT scim.%s('%s', 'p%d@example.com')" % (
        "remove_person" if kind == "deleted_external_id" else "deactivate_person", run.org, BATCH + 9))
    counts, batches = run.write([person(n) for n in range(2 * BATCH)])("--match", "user_name")
    assert counts["User.create"] == 2 * BATCH - 1 and batches == (3, 0)
    assert sum(counts.get(name, 0) for name in ("User.revive", "User.update", "User.same")) == 1


def test_records_that_cannot_be(run):
    """Who says what nobody may is refused without taking the others along, beside another batch, too."""
    run.database.scimlet("org", "set", run.org, "allowed_domains=example.com")
    records = [person(n) for n in range(3 * BATCH)]
    records[BATCH + 2] = {"userName": "p@example.org", "emails": [{"value": "p@example.org"}]}
    records[2 * BATCH + 2] = {"userName": "q", "active": "perhaps"}
    counts, batches = run.write(records)(status=1)
    assert counts == {"records": 3 * BATCH, "User.create": 3 * BATCH - 2, "refused": 2} and batches == (4, 2)
    assert (run.path.parent / "people.jsonl.rejects").read_text().count("\n") == 2
    assert run.sql(f"SELECT count(*) FROM scim.request_log WHERE org = '{run.org}' AND result = 'refused'") == "2"


@pytest.mark.parametrize("line", [7, BATCH + 7])
def test_somebody_else_is_in_the_way(run, line):
    """Another session is about to make one of the people: both batches are taken back, and wait for it one by one."""
    run.write([person(n) for n in range(2 * BATCH)])
    with Holder(run.database, f"INSERT INTO scim.users (org, user_name) VALUES ('{run.org}', 'p{line}@example.com')"):
        # Lines of statements that gave up waiting, whoever's they are: other tests have ended by now.
        given_up = lambda: run.database.log.read_text().count("canceling statement due to lock timeout")
        before, process = given_up(), run.start()
        wait_for(lambda: given_up() > before)
        assert process.poll() is None
    assert run.end(process) == ({"records": 2 * BATCH, "User.create": 2 * BATCH}, (3, 0))
    assert run.sql(f"SELECT count(*), max(version) FROM scim.users WHERE org = '{run.org}'") == f"{3 * BATCH}|1"


def test_somebody_else_was_faster(run):
    run.write([person(n) for n in range(2 * BATCH)])
    with Holder(run.database, f"INSERT INTO scim.users (org, user_name) VALUES ('{run.org}', 'p{BATCH + 7}@example.com')") as holder:
        process = run.start()
        wait_for(lambda: run.sql(f"SELECT records FROM scim.import_runs WHERE org = '{run.org}'") == str(2 * BATCH))
        holder.psql.stdin.write("COMMIT;\n")
        holder.psql.stdin.flush()
    counts, batches = run.end(process)
    assert counts == {"records": 2 * BATCH, "User.create": 2 * BATCH - 1, "User.update": 1} and batches == (3, 0)


@pytest.mark.parametrize("which", ["oldest", "newest"])
def test_a_connection_that_ends(run, which):
    """Of the two, by an administrator: the batches go in once more on what is left."""
    run.write([person(n) for n in range(8 * BATCH)])
    process = run.start()
    mine = "usename = current_user AND pid <> pg_backend_pid() AND query ~ 'import_batch' AND application_name = 'scimlet'"
    wait_for(lambda: run.database.sql(f"SELECT count(*) FROM pg_stat_activity WHERE {mine}") == "2")
    run.database.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {mine} ORDER BY backend_start "
                     f"{'DESC' if which == 'newest' else ''} LIMIT 1")
    out, errors = process.communicate(timeout=120)
    if process.returncode == 5:     # it was about to commit, and nobody knows
        assert "--resume" in errors
        counts, _ = run("--resume")
    else:
        assert process.returncode == 0, errors
        counts = run.counts(out)
    assert counts == {"records": 8 * BATCH, "User.create": 8 * BATCH}
    assert run.sql(f"""SELECT (SELECT count(*) FROM scim.users WHERE org = '{run.org}' AND version = 1 AND user_name ~ '^p'),
        (SELECT count(*) - 2000 FROM scim.request_log WHERE org = '{run.org}'),
        (SELECT sum(number) - 2000 FROM scim.resource_counts WHERE org = '{run.org}' AND resource_type = 'User')""") == \
        "|".join([str(8 * BATCH)] * 3)


def test_another_session_takes_over(run):
    """Somebody who moves the mark has the import; the other commits nothing any more."""
    run.write([person(n) for n in range(6 * BATCH)])
    process = run.start()
    wait_for(lambda: run.sql(f"SELECT records FROM scim.import_runs WHERE org = '{run.org}'") not in ("", "0", str(BATCH)))
    run.sql(f"UPDATE scim.import_runs SET state = 'abandoned' WHERE org = '{run.org}'")
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 4 and "Another import" in errors
    number = int(run.sql(f"SELECT records FROM scim.import_runs WHERE org = '{run.org}'"))
    assert BATCH < number < 7 * BATCH
    assert run.sql(f"SELECT count(*) FROM scim.users WHERE org = '{run.org}'") == str(number)


def test_join(run):
    """A second session helps only if it counts in another row than the first, and only one does."""
    org = run.org
    assert run.database.sql(f"SELECT scim.import_lock('{org}'), scim.import_join('{org}')") == "t|f"
    with Holder(run.database, f"SELECT scim.import_lock('{org}')"):
        pid = int(run.database.sql("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND "
                                   f"(classid::bigint << 32 | objid::bigint) = scim.import_key('{org}')"))
        for _ in range(3):
            mine, joined = run.database.sql(f"SELECT pg_backend_pid(), scim.import_join('{org}')").split("|")
            assert (joined == "t") == (int(mine) % 64 != pid % 64)
        with Holder(run.database, f"SELECT pg_advisory_lock(scim.import_key('{org}', true))"):
            assert run.database.sql(f"SELECT scim.import_join('{org}')") == "f"


def feed(run, number):
    """An import out of a pipe in which there are so many records so far."""
    process = subprocess.Popen([*run.command()[:-1], "-", "--format", "jsonl"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    process.stdin.write("".join(json.dumps(person(n)) + "\n" for n in range(number)))
    process.stdin.flush()
    return process


def test_a_pipe_that_is_slow(run):
    """What was read is in, and no transaction holds anything, while more is waited for."""
    process = feed(run, 2 * BATCH + 1)
    wait_for(lambda: run.sql(f"SELECT records FROM scim.import_runs WHERE org = '{run.org}'") == str(2 * BATCH))
    assert run.sql("SELECT count(*) FROM pg_stat_activity WHERE state ~ 'transaction' AND application_name = 'scimlet'") == "0"
    out, errors = process.communicate(json.dumps(person(2 * BATCH + 1)) + "\n", timeout=60)
    assert process.returncode == 0, errors
    assert json.loads(out)["User.create"] == 2 * BATCH + 2


def test_a_pipe_that_is_too_slow(run):
    """Ctrl-C while a pipe is waited for: what is in is said, and that nothing is wrong with the file is not."""
    process = feed(run, BATCH + 1)
    wait_for(lambda: run.sql(f"SELECT records FROM scim.import_runs WHERE org = '{run.org}'") == str(BATCH))
    process.send_signal(signal.SIGINT)
    process.stdin = None
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130 and f"Interrupted after {BATCH} records" in errors and "cannot be read" not in errors


@pytest.mark.parametrize("when", ["people", "groups"])
def test_the_organization_is_deleted(run, when):
    """Meanwhile: soon the import ends, and says so; it looks neither like a success nor like something to go on with."""
    groups = [{"displayName": f"team {n}", "members": []} for n in range(2000 if when == "groups" else 0)]
    process = run.write([person(n) for n in range(4 * BATCH)] + groups).start()
    if when == "people":
        wait_for(lambda: run.sql(f"SELECT records FROM scim.import_runs WHERE org = '{run.org}'") not in ("", "0"))
    else:
        wait_for(lambda: run.sql(f"SELECT count(*) >= 200 FROM scim.groups WHERE org = '{run.org}'") == "t")
    run.database.scimlet("org", "delete", run.org, "--yes")
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 3 and "was deleted meanwhile" in errors and "--resume" not in errors, errors
    assert run.sql(f"""SELECT (SELECT count(*) FROM scim.users WHERE org = '{run.org}'),
        (SELECT count(*) FROM scim.import_runs WHERE org = '{run.org}'), 
        (SELECT count(*) FROM scim.import_staging WHERE org = '{run.org}'),
        (SELECT count(*) FROM scim.import_matches WHERE org = '{run.org}')""") == "0|0|0|0"
