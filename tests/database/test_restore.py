"""A dump brought back in a cluster that has none of the roles: `scimlet init` and `scimlet migrate` give it what it lost."""
import re
import subprocess

import pytest

from harness.postgres import Database, Postgres, scimlet
from harness.settings import PG_DUMP

ROLES = ("scim_owner", "scim_service", "scim_reader", "scim_auditor")
PEOPLE = "INSERT INTO scim.users (org, user_name) SELECT 'acme', 'p' || n FROM generate_series(1, 20) AS n"


def dump(cluster, name, *options):
    done = subprocess.run([PG_DUMP, "--no-sync", *options], env=cluster.environment(name), capture_output=True, text=True, check=True)
    return re.sub(r"^(\\(un)?restrict .*|SET transaction_timeout = 0;)\n", "", done.stdout, flags=re.M)


def schema(cluster, name):
    """In an order that does not depend on the order of its making."""
    lines = dump(cluster, name, "--schema-only", "--schema=scim").splitlines()
    return sorted(line.rstrip(",") for line in lines if not line.startswith("--"))


@pytest.fixture(scope="module")
def original():
    """A dump of a database at work, and its schema."""
    database = Database()
    database.start()
    database.organization("acme")
    database.sql(PEOPLE)
    yield dump(database, "scimlet"), schema(database, "scimlet"), dump(database, "scimlet", "--no-owner", "--no-privileges")
    database.stop()


@pytest.fixture(scope="module")
def cluster():
    cluster = Postgres()
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture
def empty(cluster):
    """A database in a cluster without roles of ours."""
    cluster.sql("DROP DATABASE IF EXISTS restored WITH (FORCE)", "postgres")
    cluster.sql(f"DROP ROLE IF EXISTS {', '.join(ROLES)}, renter", "postgres")
    cluster.sql("CREATE ROLE renter LOGIN; CREATE DATABASE restored OWNER renter", "postgres")
    return "restored"


def restore(cluster, name, dumped, user="scimlet"):
    """As a DBA does: psql goes on after what it cannot do."""
    done = subprocess.run(["psql", "-XAtq"], input=dumped, env=cluster.environment(name, user), capture_output=True, text=True, check=False)
    return re.findall(r"ERROR: .*", done.stderr)


def run(cluster, name, *arguments, user="scimlet"):
    return scimlet(*arguments, conninfo=f"host={cluster.directory} dbname={name} user={user}")


def owner(cluster, name):
    return cluster.sql("SELECT DISTINCT relowner::regrole FROM pg_class WHERE relnamespace = 'scim'::regnamespace UNION "
                       "SELECT proowner::regrole FROM pg_proc WHERE pronamespace = 'scim'::regnamespace UNION "
                       "SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'scim'", name)


@pytest.mark.parametrize("command", ("init", "migrate"))
def test_roles_that_were_lost_come_back(cluster, empty, original, command):
    dumped, whole, _ = original
    errors = restore(cluster, empty, dumped)
    assert len(errors) > 100 and not [error for error in errors if not re.search(r'role "scim_\w+" does not exist', error)
                                      and "policy" not in error], errors[:5]
    assert owner(cluster, empty) == "scimlet"
    said = run(cluster, empty, command).stderr
    assert "No roles of its own" not in said
    assert owner(cluster, empty) == "scim_owner"
    assert set(schema(cluster, empty)) ^ set(whole) == set()
    run(cluster, empty, "check")
    assert cluster.sql("SET scim.org = 'acme'; SELECT count(*) FROM scim.users", empty, "scim_service") == "20"
    assert cluster.sql("SET ROLE scim_reader; SELECT count(*) FROM scim.people", empty) == "20"
    run(cluster, empty, "org", "create", "another")


def test_roles_that_were_made_since_get_what_is_theirs(cluster, empty, original):
    """As the cluster's next database does, which was there first."""
    restore(cluster, empty, original[0])
    cluster.sql("DROP DATABASE IF EXISTS neighbour WITH (FORCE); CREATE DATABASE neighbour", "postgres")
    run(cluster, "neighbour", "init")
    assert owner(cluster, empty) == "scimlet"
    run(cluster, empty, "init")
    assert owner(cluster, empty) == "scim_owner"
    assert set(schema(cluster, empty)) ^ set(original[1]) == set()
    cluster.sql("DROP DATABASE neighbour WITH (FORCE)", "postgres")


def test_who_may_not_make_roles_owns_all(cluster, empty, original):
    """And it stays so, whoever upgrades it next."""
    restore(cluster, empty, original[2], "renter")
    assert "No roles of its own" in run(cluster, empty, "init", user="renter").stderr
    assert owner(cluster, empty) == "renter"
    run(cluster, empty, "check", user="renter")
    assert cluster.sql("SET scim.org = '*'; SELECT count(*) FROM scim.users", empty, "renter") == "20"
    run(cluster, empty, "migrate")
    assert owner(cluster, empty) == "renter"
