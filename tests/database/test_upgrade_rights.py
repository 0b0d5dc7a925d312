"""What a DBA gave and built on views and functions of ours is there after an upgrade; what stands in its way is named."""
import re
import subprocess

import pytest

from harness.postgres import Database, scimlet
from harness.settings import PG_DUMP

REFUSED = 4
BUILT = """
    CREATE ROLE portal; CREATE ROLE reports LOGIN;
    GRANT USAGE ON SCHEMA scim TO portal, reports;
    GRANT SELECT ON scim.seats TO portal WITH GRANT OPTION; GRANT SELECT ON scim.connections TO reports;
    GRANT SELECT (user_name, value) ON scim.emails TO portal;
    GRANT EXECUTE ON FUNCTION scim.why(text, text) TO reports;
    CREATE SCHEMA reports; CREATE VIEW reports.here AS SELECT user_name FROM scim.people WHERE has_access;
    CREATE MATERIALIZED VIEW reports.counts AS SELECT org, count(*) FROM scim.emails GROUP BY org;
"""
# Views and functions of a version whose columns were others, in their order or their type.
OLDER = """
    SET ROLE scim_owner;
    DROP VIEW scim.seats, scim.attention, scim.connections; DROP FUNCTION scim.why(text, text);
    CREATE VIEW scim.seats AS SELECT 1 AS seat_limit, org FROM scim.organizations;
    CREATE VIEW scim.connections AS SELECT org, 1 AS state FROM scim.organizations;
    CREATE VIEW scim.attention AS SELECT org, state FROM scim.connections;
    CREATE FUNCTION scim.why(org text, person text) RETURNS integer LANGUAGE sql AS 'SELECT 1';
    RESET ROLE;
"""


@pytest.fixture(scope="module")
def database():
    database = Database()
    database.start()
    database.organization("acme")
    yield database
    database.stop()


@pytest.fixture
def fresh(database):
    """The schema as it is without anything of the DBA's; the roles go after the test."""
    before = dump(database)
    yield before
    database.sql("DROP SCHEMA IF EXISTS reports CASCADE; DROP OWNED BY portal, reports; DROP ROLE portal, reports")
    database.scimlet("init")
    assert dump(database) == before


def dump(database):
    done = subprocess.run([PG_DUMP, "--schema-only", "--schema=scim"], env=database.environment(), capture_output=True, text=True, check=True)
    return sorted(line for line in done.stdout.splitlines() if not re.match(r"--|\\(un)?restrict|SET transaction_timeout", line))


def rights(database):
    """Who may do what, beside our own roles; and how the views of others read."""
    return database.sql("""
        SELECT relname, acl FROM pg_class, unnest(relacl::text[]) AS acl WHERE relnamespace = 'scim'::regnamespace AND acl ~ 'portal|reports' ORDER BY 1, 2;
        SELECT attname, acl FROM pg_attribute, unnest(attacl::text[]) AS acl WHERE acl ~ 'portal|reports' ORDER BY 1, 2;
        SELECT oid::regprocedure, acl FROM pg_proc, unnest(proacl::text[]) AS acl WHERE acl ~ 'portal|reports' ORDER BY 1, 2;
        SELECT pg_get_viewdef('reports.here'::regclass), pg_get_viewdef('reports.counts'::regclass)""")


def test_rights_and_views_of_others_stay(database, fresh):
    database.sql(BUILT)
    before = rights(database)
    assert before.count("reports=") == 2 and before.count("portal=r") == 3
    database.scimlet("migrate")
    assert rights(database) == before
    database.sql("INSERT INTO scim.users (org, user_name) VALUES ('acme', 'jane')")
    assert database.sql("SELECT * FROM reports.here") == "jane"


def test_they_stay_where_columns_are_others(database, fresh):
    database.sql(BUILT)
    before = rights(database)
    database.sql(OLDER + "GRANT SELECT ON scim.seats TO portal WITH GRANT OPTION; GRANT SELECT ON scim.connections TO reports; "
                 "GRANT EXECUTE ON FUNCTION scim.why(text, text) TO reports;")
    database.scimlet("migrate")
    assert rights(database) == before
    assert database.sql("SELECT taken FROM scim.seats WHERE org = 'acme'") == "0"
    database.scimlet("check")


def test_what_is_no_longer_there_is_no_obstacle(database, fresh):
    """A right on a column that is gone, on a view that is gone, and to a role that is gone by the time."""
    database.sql(BUILT)
    database.sql(OLDER + "SET ROLE scim_owner; CREATE VIEW scim.older AS SELECT 1 AS one; RESET ROLE; GRANT SELECT ON scim.older TO portal;"
                 "DROP VIEW scim.seats; SET ROLE scim_owner; CREATE VIEW scim.seats AS SELECT org, 2 AS chairs FROM scim.organizations; RESET ROLE;"
                 "GRANT SELECT (org, chairs) ON scim.seats TO portal")
    database.scimlet("migrate")
    assert database.sql("SELECT attname, attacl::text[] FROM pg_attribute WHERE attrelid = 'scim.seats'::regclass AND attacl IS NOT NULL"
                        ) == "org|{portal=r/scim_owner}"
    assert database.sql("SELECT to_regclass('scim.older')") == ""


@pytest.mark.parametrize("built, named", (
    ("CREATE VIEW reports.free AS SELECT org FROM scim.seats", "view reports.free on scim.seats"),
    ("CREATE VIEW reports.told AS SELECT * FROM scim.why('acme', 'x')", "view reports.told on scim.why(text,text)"),
    ("CREATE FUNCTION reports.one(scim.connections) RETURNS integer LANGUAGE sql AS 'SELECT 1'",
     "function reports.one(scim.connections) on scim.connections"),
))
def test_what_cannot_stay_is_named(database, fresh, built, named):
    database.sql(BUILT + OLDER + built)
    before = dump(database)
    done = scimlet("migrate", conninfo=database.conninfo(), check=False)
    assert done.returncode == REFUSED and "nothing was changed" in done.stderr
    assert named in done.stderr and "Drop, and make again afterwards" in done.stderr, done.stderr
    assert dump(database) == before
    database.sql("DROP SCHEMA reports CASCADE")
    database.scimlet("migrate")
