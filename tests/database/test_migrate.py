"""`scimlet migrate` step by step, and what `init` says that it made."""
import json
import re

import pytest

from harness.postgres import DATABASE, scimlet
from harness.settings import CHECKOUT

DONE, USAGE, WRONG_SCHEMA, PENDING = 0, 2, 6, 10
MIGRATIONS = sorted(path.stem for path in (CHECKOUT / "sql/migration").glob("*.sql"))
NEWEST = len(MIGRATIONS)
FROM = 3


@pytest.fixture
def old(database):
    """A database of the schema's third version, as only a program of that time makes it."""
    database.sql("DROP DATABASE IF EXISTS old; CREATE DATABASE old", "postgres")
    files = [CHECKOUT / "sql/role.sql", *(CHECKOUT / f"sql/migration/{name}.sql" for name in MIGRATIONS[:FROM])]
    for file in files:
        database.sql("BEGIN; " + ("" if file.stem == "role" else "SET LOCAL ROLE scim_owner; ") + file.read_text() + "; COMMIT", "old")
    return database.conninfo().replace(f"dbname={DATABASE}", "dbname=old")


def version(database):
    return int(database.sql("SELECT max(version) FROM scim.schema_version", "old"))


def test_a_dry_run_lists_and_changes_nothing(database, old):
    done = scimlet("-o", "json", "migrate", "--dry-run", conninfo=old, check=False)
    assert done.returncode == PENDING
    assert json.loads(done.stdout) == [{"version": number + 1, "migration": MIGRATIONS[number]} for number in range(FROM, NEWEST)]
    assert f"version {FROM}" in done.stderr and version(database) == FROM
    done = scimlet("migrate", "--dry-run", "--to", str(FROM + 1), conninfo=old, check=False)
    assert (done.returncode, done.stdout.splitlines()[1:]) == (PENDING, [f"{FROM + 1}\t{MIGRATIONS[FROM]}"])
    assert scimlet("migrate", "--dry-run", "--to", str(FROM), conninfo=old).returncode == DONE


def test_step_by_step(database, old):
    done = scimlet("migrate", "--to", str(FROM + 1), conninfo=old)
    assert (done.stdout, version(database)) == ("", FROM + 1)
    assert f"Applied {MIGRATIONS[FROM]}." in done.stderr and f"version {FROM + 1} of {NEWEST}" in done.stderr
    assert scimlet("org", "list", conninfo=old, check=False).returncode == WRONG_SCHEMA
    for wrong in (str(FROM), str(NEWEST + 1), "0", "-1", "x", ""):
        done = scimlet("migrate", "--to", wrong, conninfo=old, check=False)
        assert (done.returncode, done.stdout, version(database)) == (USAGE, "", FROM + 1), wrong
    scimlet("migrate", "--to", str(NEWEST - 1), conninfo=old)
    assert database.sql("SELECT to_regclass('scim.people')", "old") == "", "definitions come with the last"
    done = scimlet("migrate", "--to", str(NEWEST), conninfo=old)
    assert f"from version {NEWEST - 1} to {NEWEST}" in done.stderr
    assert database.sql("SELECT to_regclass('scim.people')", "old") == "scim.people"
    done = scimlet("migrate", "--dry-run", conninfo=old)
    assert (done.returncode, done.stdout) == (DONE, "version\tmigration\n")
    assert scimlet("org", "create", "acme", conninfo=old).returncode == DONE


def test_a_newer_schema_is_left_alone(database, old):
    scimlet("migrate", conninfo=old)
    database.sql("INSERT INTO scim.schema_version (version, name) VALUES (1000, 'later')", "old")
    for command in (["migrate"], ["migrate", "--dry-run"], ["init"]):
        assert scimlet(*command, conninfo=old, check=False).returncode == WRONG_SCHEMA, command


def test_init_says_what_it_made(database):
    database.sql("DROP DATABASE IF EXISTS fresh; CREATE DATABASE fresh", "postgres")
    fresh = database.conninfo().replace(f"dbname={DATABASE}", "dbname=fresh")
    done = scimlet("init", conninfo=fresh)
    tables = database.sql("SELECT count(*) FROM pg_class WHERE relnamespace = 'scim'::regnamespace AND relkind IN ('r', 'p') "
                          "AND NOT relispartition", "fresh")
    assert done.stdout == ""
    assert re.search(r"Roles: .*scim_owner.*, which were there\.", done.stderr)
    assert f"owned by scim_owner: {tables} tables," in done.stderr
    assert all(f"Applied {name}." in done.stderr for name in MIGRATIONS)
    again = scimlet("init", conninfo=fresh).stderr
    assert "Applied" not in again and f"at version {NEWEST} already" in again


def test_init_says_when_there_are_no_roles(database):
    database.sql("DROP DATABASE IF EXISTS rented; DROP ROLE IF EXISTS renter; CREATE ROLE renter LOGIN; "
                 "CREATE DATABASE rented OWNER renter", "postgres")
    done = scimlet("init", conninfo=f"host={database.directory} dbname=rented user=renter")
    assert "everything belongs to renter" in done.stderr
