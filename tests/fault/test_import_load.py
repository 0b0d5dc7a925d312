"""`scimlet import` on a crash-safe database: how fast it is, in how much memory, and what a killed one leaves."""
import itertools
import json
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from harness.client import Client
from harness.postgres import Database
from harness.settings import BUILD, EFFORT
from harness.web import Fcgid

SINGLE = 500
PEOPLE = 40000
RATIO = 20
TEAMS, MEMBERS, TEAM_RATIO = 3000, 20, 2
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
serial = itertools.count(1)


@pytest.fixture(scope="module")
def safe():
    database = Database(crash_safe=True)
    database.start()
    yield database
    database.stop()


@pytest.fixture
def org(safe):
    key = f"load-{next(serial)}"
    safe.scimlet("org", "create", key)
    return key


def person(number):
    return {"userName": f"person.{number}@example.com", "externalId": f"x{number}",
            "name": {"givenName": "Given", "familyName": f"Family {number}"}, "active": True,
            "emails": [{"value": f"person.{number}@example.com", "type": "work", "primary": True}]}


def write(path, records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def test_an_import_is_faster(safe, org, tmp_path, capsys):
    front = Fcgid(safe)
    front.start()
    client = Client(front.url(org), safe.token(org))
    client.create("warm.up")
    path = write(tmp_path / "people.jsonl", map(person, range(PEOPLE)))
    ratios = []
    for round_ in range(3):
        start = time.monotonic()
        for number in range(SINGLE):
            client.create(f"single{round_}-{number}@example.com", **{
                name: value for name, value in person(f"s{round_}-{number}").items() if name != "userName"})
        single = (time.monotonic() - start) / SINGLE
        other = f"{org}-{round_}"
        safe.scimlet("org", "create", other)
        safe.sql("ANALYZE")     # the statistics know nothing of this organization
        start = time.monotonic()
        safe.scimlet("import", other, str(path))
        imported = (time.monotonic() - start) / PEOPLE
        ratios.append(single / imported)
        with capsys.disabled():
            print(f"\n{single * 1e3:.2f} ms a POST, {imported * 1e3:.3f} ms a person imported: {ratios[-1]:.1f} times faster")
    client.close()
    front.stop()
    choose = random.Random(7642)
    write(path, ({**person(number), ENTERPRISE: {"manager": {"value": f"x{choose.randrange(PEOPLE)}"}}} for number in range(PEOPLE)))
    safe.scimlet("org", "create", f"{org}-managers")
    start = time.monotonic()
    safe.scimlet("import", f"{org}-managers", str(path))
    managed = (time.monotonic() - start) / PEOPLE
    with capsys.disabled():
        print(f"{managed * 1e3:.3f} ms a person with a manager anywhere in the file")
    assert max(ratios) >= RATIO
    assert managed < 3 * imported


def team(number, members):
    return {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": f"Team {number}", "externalId": f"t{number}",
            "members": [{"value": member} for member in members]}


def test_an_import_of_groups_is_faster(safe, org, tmp_path, capsys):
    """
    Of groups whose members are here, against a POST of each. Of a group of 20, 21 rows are written, each with its foreign keys:
    that is nearly all that an import does, and much of what a POST does.
    """
    front = Fcgid(safe)
    front.start()
    people = write(tmp_path / "people.jsonl", map(person, range(4000)))
    choose = random.Random(7645)
    ratios = []
    for round_ in range(3):
        for key in (f"{org}-{round_}", f"{org}-{round_}-post"):
            safe.scimlet("org", "create", key)
            safe.scimlet("import", key, str(people))
        safe.sql("ANALYZE")
        members = [choose.sample(range(4000), MEMBERS) for _ in range(TEAMS)]
        ids = dict(line.split("|") for line in safe.sql(f"SELECT user_name, id FROM scim.users WHERE org = '{org}-{round_}-post'").splitlines())
        client = Client(front.url(f"{org}-{round_}-post"), safe.token(f"{org}-{round_}-post"))
        client.create("warm.up")
        start = time.monotonic()
        for number in range(SINGLE // 2):
            answer = client.request("POST", "/Groups", team(number, [ids[f"person.{one}@example.com"] for one in members[number]]))
            assert answer.status == 201
        single = (time.monotonic() - start) / (SINGLE // 2)
        client.close()
        path = write(tmp_path / "teams.jsonl", (team(number, [f"person.{one}@example.com" for one in members[number]]) for number in range(TEAMS)))
        start = time.monotonic()
        safe.scimlet("import", f"{org}-{round_}", str(path))
        imported = (time.monotonic() - start) / TEAMS
        assert safe.sql(f"SELECT count(*), min(member_count), max(version) FROM scim.groups WHERE org = '{org}-{round_}'") == f"{TEAMS}|{MEMBERS}|2"
        ratios.append(single / imported)
        with capsys.disabled():
            print(f"\n{single * 1e3:.2f} ms a POST of a group of {MEMBERS}, {imported * 1e3:.3f} ms a group imported: {ratios[-1]:.1f} times faster")
    front.stop()
    assert max(ratios) >= TEAM_RATIO


def start(safe, org, path, *options):
    return subprocess.Popen([BUILD / "scimlet", "--dsn", safe.conninfo(), "-o", "json", "import", org, str(path), *options],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_memory(safe, org, tmp_path):
    """As much for 100,000 people as for 10,000."""
    peaks = []
    for number in (10_000, 100_000):
        process, peak = start(safe, org, write(tmp_path / f"{number}.jsonl", map(person, range(number)))), 0
        while process.poll() is None:
            # VmHWM, as getrusage() counts what was there before exec, that is, Python.
            status = Path(f"/proc/{process.pid}/status").read_text()
            peak = max([peak, *(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))])
            time.sleep(.02)
        out, errors = process.communicate()
        assert process.returncode == 0, errors
        assert json.loads(out)["records"] == number
        peaks.append(peak * 1024)
    assert peaks[1] - peaks[0] < 16 * 1024 * 1024, peaks
    assert safe.sql(f"SELECT count(*) FROM scim.users WHERE org = '{org}'") == "100000"


def organization(number, managers):
    """
    People, perhaps with managers who come later, groups with members among them, and some that cannot be.
    With managers hardly a batch can go beside another; without them nearly all do.
    """
    choose = random.Random(7644)
    for at in range(number):
        record = {"id": f"r{at}", **person(at)}
        if managers and at % 3 == 0:
            record[ENTERPRISE] = {"manager": {"value": f"r{choose.randrange(number)}"}}
        if at % 50 == 0:
            record["active"] = "perhaps"
        yield record
    for at in range(60):
        yield {"displayName": f"team {at}", "members": [
            {"value": f"r{who}"} for who in choose.sample(range(number), 50) if who % 50] + (
                [{"value": "nobody"}] if at % 10 == 0 else [])}


def state(safe, org):
    """What is there, without ids and times."""
    # Statistics that know the organization: without them the joins are nested loops over all of it.
    return safe.sql(f"""
        ANALYZE scim.users, scim.groups, scim.group_members;
        SELECT person.user_name, person.version, person.resource - '{{urn:ietf:params:scim:schemas:extension:enterprise:2.0:User}}'::text[],
               boss.user_name, boss.id IS NULL AND person.manager_id IS NOT NULL
          FROM scim.users AS person LEFT JOIN scim.users AS boss ON boss.org = person.org AND boss.id::text = person.manager_id
         WHERE person.org = '{org}' ORDER BY 1;
        SELECT team.display_name, team.member_count, string_agg(person.user_name, ',' ORDER BY person.user_name)
          FROM scim.groups AS team
          LEFT JOIN scim.group_members AS member ON member.org = team.org AND member.group_id = team.id
          LEFT JOIN scim.users AS person ON person.org = team.org AND person.id = member.user_id
         WHERE team.org = '{org}' GROUP BY 1, 2 ORDER BY 1;
        SELECT action, subject, result, count(*) FROM scim.request_log WHERE org = '{org}' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
        SELECT action, name, count(*) FROM scim.audit_events WHERE org = '{org}' AND resource_type <> 'Organization'
         GROUP BY 1, 2 ORDER BY 1, 2;
        SELECT counts, records, state FROM scim.import_runs WHERE org = '{org}' ORDER BY started DESC LIMIT 1;
        SELECT line, resource_type, subject, reason, sentence FROM scim.import_rejects WHERE org = '{org}' ORDER BY 1, 2, 4;
        SELECT count(*) FROM scim.import_staging WHERE org = '{org}';
        SELECT count(*) FROM scim.import_matches WHERE org = '{org}'""")


@pytest.mark.parametrize("managers", [True, False])
def test_a_killed_import_goes_on(safe, tmp_path, managers):
    """Killed again and again at any moment, then left alone: as if nothing had been."""
    path = write(tmp_path / "all.jsonl", organization(8_000, managers))
    alone = f"left-alone-{managers}".lower()
    safe.scimlet("org", "create", alone)
    begin = time.monotonic()
    assert safe.scimlet("import", alone, str(path), check=False).returncode == 1
    spent = time.monotonic() - begin
    wanted = state(safe, alone)
    rejects = (tmp_path / "all.jsonl.rejects").read_text()
    choose = random.Random(7643)
    for round_ in range(EFFORT):
        org = f"killed-{round_}-{managers}".lower()
        safe.scimlet("org", "create", org)
        options, kills = [], 0
        while True:
            process = start(safe, org, path, *options)
            try:
                process.communicate(timeout=choose.uniform(.05, .4) * spent if kills < 5 else 120)
                break
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL if kills % 2 == 0 else signal.SIGINT)
                _, errors = process.communicate()
                if process.returncode == 1:
                    break       # it was just through
                assert process.returncode in (-signal.SIGKILL, 130), errors
                kills += 1
                begun = safe.sql(f"SELECT count(*) FROM scim.import_runs WHERE org = '{org}' AND state = 'running'")
                options = ["--resume"] if begun == "1" else []
        assert process.returncode == 1 and kills > 0
        assert state(safe, org) == wanted.replace(alone, org)
        assert (tmp_path / "all.jsonl.rejects").read_text() == rejects


def test_what_cannot_go_on(safe, org, tmp_path):
    path = write(tmp_path / "people.jsonl", map(person, range(6000)))
    refused = safe.scimlet("import", org, str(path), "--resume", check=False)
    assert refused.returncode == 4 and "leave out --resume" in refused.stderr
    write(path, [*map(person, range(6000)), {"userName": "x", "active": 1}])
    with safe_stop(safe, org, path):
        write(path, map(person, range(5999)))
        changed = safe.scimlet("import", org, str(path), "--resume", check=False)
        assert changed.returncode == 4 and "the file has changed" in changed.stderr
        write(path, [*map(person, range(6000)), {"userName": "x", "active": 1}])
        other = safe.scimlet("import", org, str(path), "--resume", "--match", "email", check=False)
        assert other.returncode == 4 and "another --format" in other.stderr
    done = safe.scimlet("-o", "json", "import", org, str(path), "--resume", check=False)
    assert done.returncode == 1 and "Going on after 4000 records." in done.stderr, done.stderr
    assert json.loads(done.stdout)["User.create"] == 6000
    again = safe.scimlet("import", org, str(path), "--resume", check=False)
    assert again.returncode == 4 and "leave out --resume" in again.stderr


class safe_stop:
    """Stops an import after two batches: the third waits for a row that we hold until it is killed."""

    def __init__(self, safe, org, path):
        self.safe, self.org, self.path = safe, org, path

    def __enter__(self):
        holder = subprocess.Popen(["psql", "-XAtq"], stdin=subprocess.PIPE, text=True, env=self.safe.environment())
        holder.stdin.write(f"BEGIN; INSERT INTO scim.users (org, user_name) VALUES ('{self.org}', 'person.5500@example.com');\n")
        holder.stdin.flush()
        process = start(self.safe, self.org, self.path)
        deadline = time.monotonic() + 60
        while self.safe.sql(f"SELECT records FROM scim.import_runs WHERE org = '{self.org}' ORDER BY started DESC LIMIT 1") != "4000":
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(.05)
        second = self.safe.scimlet("import", self.org, str(self.path), check=False)
        assert second.returncode == 4 and "Another import" in second.stderr
        process.kill()
        process.communicate()
        holder.stdin.write("ROLLBACK;\n")
        holder.stdin.close()
        holder.wait()
        return self

    def __exit__(self, *_):
        pass
