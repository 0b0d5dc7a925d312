"""The disk of the database is full: it is said as it is, nothing is half done, and the same command does the rest when there is room."""
import json
import subprocess
from contextlib import contextmanager

import pytest

from harness.postgres import DATABASE, Database, scimlet
from harness.settings import CHECKOUT

UNREACHABLE = 5
FULL = "The disk of the database's server is full"
PEOPLE = 3000


class SmallDisk(Database):
    """A cluster whose files cannot grow while full() lasts (harness/full_disk.c)."""

    def __init__(self):
        super().__init__(options=["-c", "autovacuum=off"])
        library, self.switch = self.directory / "full_disk.so", self.directory / "full"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, CHECKOUT / "tests/harness/full_disk.c", "-ldl"], check=True)
        self.surroundings = {"LD_PRELOAD": str(library), "FULL_DISK": str(self.switch)}

    @contextmanager
    def full(self):
        self.switch.write_text("/base/")
        try:
            yield
        finally:
            self.switch.unlink()


@pytest.fixture(scope="module")
def small():
    database = SmallDisk()
    database.start()
    database.organization("acme")
    yield database
    database.stop()


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("full") / "people.jsonl"
    path.write_text("".join(json.dumps({"userName": f"p{number}", "title": "x" * 50}) + "\n" for number in range(PEOPLE)))
    return str(path)


def refused(done, *words):
    assert (done.returncode, done.stdout) == (UNREACHABLE, ""), done
    for word in (FULL, "No space left on device", *words):
        assert word in done.stderr, done.stderr
    assert "cannot be reached" not in done.stderr


def people(database, org):
    return database.sql(f"SELECT count(*), coalesce(sum(version), 0) FROM scim.users WHERE org = '{org}'")


def test_an_import(small, path):
    with small.full():
        refused(small.scimlet("import", "acme", path, check=False))
        assert people(small, "acme") == "0|0"
        refused(small.scimlet("import", "acme", path, "--dry-run", check=False), "nothing was changed")
    small.scimlet("check")
    small.scimlet("import", "acme", path)
    assert people(small, "acme") == f"{PEOPLE}|{PEOPLE}"
    small.scimlet("check")


def test_what_is_in_is_not_denied(small, path):
    """A transaction of an import is in before the disk is full: that nothing was changed is not said."""
    small.scimlet("org", "create", "partly")
    small.sql("""CREATE FUNCTION public.fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE disk_full USING MESSAGE = 'No space left on device'; END $$;
        CREATE TRIGGER fill BEFORE UPDATE ON scim.import_runs FOR EACH ROW WHEN (OLD.records = 2000 AND NEW.records > 2000) EXECUTE FUNCTION public.fill()""")
    done = small.scimlet("import", "partly", path, check=False)
    refused(done, "At least 2000 records are in", "--resume")
    assert "nothing was changed" not in done.stderr
    small.sql("DROP TRIGGER fill ON scim.import_runs")
    small.scimlet("import", "partly", path, "--resume")
    assert people(small, "partly") == f"{PEOPLE}|{PEOPLE}"


def test_a_command(small):
    """One that writes of everybody: it cannot do with the room that was left."""
    org = "undone"
    small.scimlet("org", "create", org)
    small.sql(f"INSERT INTO scim.users (org, user_name, resource) SELECT '{org}', 'p' || n, jsonb_build_object('userName', 'p' || n, "
              f"'title', repeat('x', 300)) FROM generate_series(1, {PEOPLE}) AS n")
    with small.full():
        refused(small.scimlet("undo", org, "--since", "1h", "--yes", check=False), "nothing was changed")
    assert people(small, org) == f"{PEOPLE}|{PEOPLE}"


def test_init(small):
    small.sql("CREATE DATABASE fresh", "postgres")
    fresh = small.conninfo().replace(f"dbname={DATABASE}", "dbname=fresh")
    with small.full():
        refused(scimlet("init", conninfo=fresh, check=False), "nothing was changed")
    scimlet("init", conninfo=fresh)
    scimlet("check", conninfo=fresh)
