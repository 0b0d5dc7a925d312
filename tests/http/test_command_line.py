"""The administrator's program: what it prints, where, and how it ends."""
import csv
import io
import json
import re
import subprocess

import pytest

from harness.client import Client
from harness.postgres import DATABASE, Postgres, scimlet
from harness.settings import BUILD

DONE, USAGE, NOT_FOUND, REFUSED, UNREACHABLE, WRONG_SCHEMA = 0, 2, 3, 4, 5, 6
TOKEN = re.compile(r"sclt_([a-z0-9-]+)_[0-9A-Za-z]{49}\n")


@pytest.fixture
def org(database, request):
    """An organization of this test alone."""
    key = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower())[:60].strip("-")
    database.scimlet("org", "create", key, "--name", "A Name, with \"quotes\"")
    return key


def rows(database, *command):
    return json.loads(database.scimlet("-o", "json", *command).stdout)


def test_init_and_migrate_may_be_repeated(database):
    before = database.sql("SELECT * FROM scim.schema_version")
    for command in ("init", "migrate", "init"):
        assert database.scimlet(command).returncode == DONE
    assert database.sql("SELECT * FROM scim.schema_version") == before


def test_token_create_prints_the_token_alone(database, org):
    done = database.scimlet("token", "create", org, "--name", "okta")
    assert TOKEN.fullmatch(done.stdout)[1] == org
    stored = database.sql(f"SELECT encode(digest, 'hex') = encode(sha256('{done.stdout.strip()}'), 'hex'), label, "
                          f"last_four = '{done.stdout.strip()[-4:]}', expires::date - created::date "
                          f"FROM scim.tokens WHERE org = '{org}'")
    assert stored in ("t|okta|t|365", "t|okta|t|366")
    assert done.stdout.strip() not in database.sql("SELECT * FROM scim.tokens")


def test_expiry_can_be_chosen_but_not_never(database, org):
    for text, interval in (("90d", "90 days"), ("12h", "12 hours"), ("2w", "14 days")):
        database.scimlet("token", "create", org, "--name", text, "--expires", text)
        assert database.sql(f"SELECT expires = created + interval '{interval}' FROM scim.tokens "
                            f"WHERE org = '{org}' AND label = '{text}'") == "t"
    for text in ("never", "0", "-1d", "soon", ""):
        done = database.scimlet("token", "create", org, "--expires", text, check=False)
        assert (done.returncode, done.stdout) == (USAGE, ""), text


def test_token_list_shows_no_secret(database, org):
    token = database.token(org, name="entra")
    for output in ("table", "json", "csv"):
        listed = database.scimlet("--output", output, "token", "list", org).stdout
        assert "entra" in listed and token[-4:] in listed
        assert token not in listed and token.split("_")[2][:-4] not in listed


def test_outputs_say_the_same(database, org):
    as_json = rows(database, "org", "list")
    as_csv = list(csv.DictReader(io.StringIO(database.scimlet("-o", "csv", "org", "list").stdout)))
    as_table = [line.split("\t") for line in database.scimlet("org", "list").stdout.splitlines()]
    assert len(as_json) == len(as_csv) == len(as_table) - 1
    mine = next(row for row in as_json if row["org"] == org)
    assert mine["name"] == "A Name, with \"quotes\""
    assert next(row for row in as_csv if row["org"] == org)["name"] == mine["name"]
    assert next(row for row in as_table if row[0] == org)


def test_org_show_and_set(database, org):
    database.scimlet("org", "set", org, "replace_without_target=create", "name=Other")
    assert database.sql(f"SELECT replace_without_target, name FROM scim.organization_settings JOIN scim.organizations "
                        f"USING (org) WHERE org = '{org}'") == "create|Other"
    shown = database.scimlet("org", "show", org).stdout
    assert "Other" in shown and "create" in shown
    for wrong in ("replace_without_target=perhaps", "colour=green", "provisioning=maybe"):
        assert database.scimlet("org", "set", org, wrong, check=False).returncode in (USAGE, REFUSED), wrong


@pytest.mark.parametrize("key", ["A", "UPPER", "a", "-a", "a_b", "a b", "", "a" * 64, "ä", "a/b", "'; DROP TABLE x"])
def test_organization_keys(database, key):
    done = database.scimlet("org", "create", "--", key, check=False)
    assert done.returncode in (USAGE, REFUSED), done
    assert done.stderr


def test_what_is_not_there(database, org):
    nobody = "00000000-0000-0000-0000-000000000000"
    for command in (["org", "show", "nobody-here"], ["token", "list", "nobody-here"], ["token", "create", "nobody-here"],
                    ["token", "revoke", org, nobody], ["token", "replace", org, nobody], ["token", "revoke", org, "x"],
                    ["org", "set", "nobody-here", "name=x"]):
        done = database.scimlet(*command, check=False)
        assert (done.returncode, done.stdout) == (NOT_FOUND, ""), command
        assert done.stderr, command


def test_a_token_of_another_organization_is_not_there(database, org):
    database.token(org, name="mine")
    identity = rows(database, "token", "list", org)[0]["id"]
    assert database.scimlet("token", "revoke", "acme", identity, check=False).returncode == NOT_FOUND
    assert database.scimlet("token", "revoke", org, identity).returncode == DONE


def test_the_same_organization_twice(database, org):
    assert database.scimlet("org", "create", org, check=False).returncode == REFUSED


def test_wrong_use(database):
    for command in ([], ["frobnicate"], ["org"], ["org", "frob"], ["token", "create"], ["org", "create"],
                    ["org", "list", "--colour"], ["-o", "xml", "org", "list"]):
        done = database.scimlet(*command, check=False)
        assert (done.returncode, done.stdout) == (USAGE, ""), command
        assert done.stderr, command
    assert "token" in database.scimlet("--help").stdout


def test_no_database():
    for conninfo in ("host=/nowhere dbname=x", "host=127.0.0.1 port=1 dbname=x"):
        for command in (["org", "list"], ["init"], ["doctor"]):
            done = scimlet(*command, conninfo=conninfo, check=False)
            assert done.returncode == UNREACHABLE, done


def test_the_database_may_come_from_the_environment(database, org):
    """--dsn, else SCIMLET_DATABASE, else libpq's own variables."""
    for environment in ({"SCIMLET_DATABASE": database.conninfo()}, database.environment()):
        done = subprocess.run([BUILD / "scimlet", "org", "list"], env=environment, capture_output=True, text=True,
                              check=True)
        assert org in done.stdout


def test_the_schema_of_another_version(database):
    database.sql("INSERT INTO scim.schema_version (version, name) VALUES (1000, 'of the future')")
    try:
        for command in (["org", "list"], ["migrate"], ["init"]):
            assert database.scimlet(*command, check=False).returncode == WRONG_SCHEMA, command
    finally:
        database.sql("SET scim.maintenance = 'on'; DELETE FROM scim.schema_version WHERE version = 1000")
    assert database.scimlet("org", "list").returncode == DONE


def test_a_database_without_the_schema(database):
    database.sql("CREATE DATABASE bare", "postgres")
    bare = database.conninfo().replace(f"dbname={DATABASE}", "dbname=bare")
    assert scimlet("org", "list", conninfo=bare, check=False).returncode == WRONG_SCHEMA
    assert scimlet("init", conninfo=bare).returncode == DONE
    assert scimlet("org", "list", conninfo=bare).returncode == DONE


def test_one_role(database):
    """Hosting where the login owns a database and can create no roles."""
    database.sql("CREATE ROLE tenant LOGIN; CREATE DATABASE hosted OWNER tenant", "postgres")
    hosted = f"host={database.directory} dbname=hosted user=tenant"
    # The cluster's roles exist already, as they may on shared hosting; the login is in none of them.
    assert scimlet("init", conninfo=hosted).returncode == DONE
    scimlet("org", "create", "acme", conninfo=hosted)
    assert TOKEN.fullmatch(scimlet("token", "create", "acme", conninfo=hosted).stdout)
    done = scimlet("doctor", conninfo=hosted, check=False)
    assert done.returncode in (1, 4)
    assert "role" in done.stdout


def test_doctor_is_content(front, database, tokens):
    done = database.scimlet("doctor", "--url", front.url("acme"), check=False)
    assert done.returncode in (DONE, 1), done
    assert "FAIL" not in done.stdout


def test_doctor_finds_a_wrong_address(database, front):
    done = database.scimlet("doctor", "--url", f"{front.public_url}/elsewhere", check=False)
    assert done.returncode == REFUSED
    assert "FAIL" in done.stdout


def test_a_cluster_that_was_shut_down():
    """`init` on a database server that has gone says so, and does not hang."""
    postgres = Postgres()
    postgres.start()
    postgres.stop()
    assert scimlet("init", conninfo=postgres.conninfo(), check=False).returncode == UNREACHABLE


def test_a_revoked_token_is_gone_at_once(front, database, tokens):
    token = database.token("acme", name="short-lived")
    client = Client(front.url("acme"), token)
    assert client.get("/Users?count=0").status == 200
    identity = next(row["id"] for row in rows(database, "token", "list", "acme")
                    if row["label"] == "short-lived" and not row["revoked"])
    database.scimlet("token", "revoke", "acme", identity)
    assert client.get("/Users?count=0").status == 401
