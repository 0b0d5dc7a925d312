"""`scimlet init` by who is no superuser: which roles may be used differs by version of PostgreSQL."""
import pytest

from harness.postgres import Postgres, scimlet


@pytest.fixture(scope="module")
def cluster():
    """A cluster in which nobody has made the roles."""
    cluster = Postgres()
    cluster.start()
    yield cluster
    cluster.stop()


def customer(cluster, name, attributes):
    """A login with a database of its own, and what libpq needs for it."""
    cluster.sql(f"CREATE ROLE {name} LOGIN {attributes}; CREATE DATABASE {name} OWNER {name}", "postgres")
    return f"{cluster.conninfo(name)} dbname={name}"


def owner(cluster, database):
    return cluster.sql("SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'scim'", database)


def works(conninfo):
    """Init and migrate can be repeated, and the administrator's commands do what they are for."""
    scimlet("init", conninfo=conninfo)
    scimlet("migrate", conninfo=conninfo)
    scimlet("org", "create", "acme", conninfo=conninfo)
    assert scimlet("token", "create", "acme", conninfo=conninfo).stdout.strip()
    assert "FAIL" not in scimlet("doctor", conninfo=conninfo, check=False).stdout


def test_who_may_not_create_roles(cluster):
    conninfo = customer(cluster, "tenant", "NOCREATEROLE")
    scimlet("init", conninfo=conninfo)
    assert owner(cluster, "tenant") == "tenant"
    works(conninfo)


def test_who_may_create_roles(cluster):
    """From 16 on their maker has to be granted them, and another login is not: there, everything belongs to one role."""
    first, second = customer(cluster, "one", "CREATEROLE"), customer(cluster, "two", "CREATEROLE")
    scimlet("init", conninfo=first)
    scimlet("init", conninfo=second)
    assert owner(cluster, "one") == "scim_owner"
    before_16 = cluster.sql("SELECT current_setting('server_version_num')::integer < 160000", "postgres") == "t"
    assert owner(cluster, "two") == ("scim_owner" if before_16 else "two")
    works(first)
    works(second)
