"""A database of another language, whose DBA has set what changes what SQL means (ALTER DATABASE ... SET): all is as elsewhere."""
import pytest

from harness.postgres import DATABASE, scimlet

SETTINGS = {
    "datestyle": "German", "intervalstyle": "sql_standard", "timezone": "Asia/Kathmandu", "bytea_output": "escape", "extra_float_digits": "-5",
    "standard_conforming_strings": "off", "search_path": "nowhere", "default_transaction_isolation": "serializable",
    "default_transaction_deferrable": "on", "row_security": "off", "array_nulls": "off", "transform_null_equals": "on",
    "quote_all_identifiers": "on", "plan_cache_mode": "force_generic_plan", "client_encoding": "LATIN1", "statement_timeout": "1ms",
    "lock_timeout": "1ms", "idle_in_transaction_session_timeout": "1ms"}
FROM_17 = {"transaction_timeout": "1ms"}
PEOPLE = """userName,externalId,name.givenName,emails.work,groups
İnci@example.com,x1,İnci,inci@example.com,Işık;Staff
ILGIN,x2,Ilgın,,Işık
josé,x3,José,jose@example.com,
"""


@pytest.fixture(scope="module")
def odd(database):
    version = int(database.sql("SHOW server_version_num", "postgres"))
    turkish = "LOCALE_PROVIDER icu ICU_LOCALE 'tr-TR'" if version >= 150000 else ""
    database.sql("DROP DATABASE IF EXISTS odd WITH (FORCE)", "postgres")
    database.sql(f"CREATE DATABASE odd TEMPLATE template0 {turkish}", "postgres")
    settings = {**SETTINGS, **(FROM_17 if version >= 170000 else {})}
    database.sql(";".join(f"ALTER DATABASE odd SET {name} = '{value}'" for name, value in settings.items()), "postgres")
    conninfo = database.conninfo().replace(f"dbname={DATABASE}", "dbname=odd")
    scimlet("init", conninfo=conninfo)
    scimlet("org", "create", "odd", conninfo=conninfo)
    yield conninfo
    database.sql("DROP DATABASE odd WITH (FORCE)", "postgres")


@pytest.fixture
def people(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    return str(path)


def dba(database, statement):
    """In a session of psql that has all the settings but those."""
    return database.sql("SET statement_timeout = 0; SET lock_timeout = 0; SET row_security = on; SET client_encoding = 'UTF8'; "
                        "SET standard_conforming_strings = on; " + statement, "odd")


def test_the_roles_have_their_rights(database, odd):
    assert dba(database, "SELECT has_schema_privilege('scim_service', 'scim', 'USAGE'), has_table_privilege('scim_reader', 'scim.people', 'SELECT'), "
                         "count(*) > 20 FROM pg_policies WHERE policyname = 'every_organization' AND roles::text ~ 'scim_owner'") == "t|t|t"


def test_what_is_imported_is_exported(database, odd, people, tmp_path):
    scimlet("import", "odd", people, conninfo=odd)
    key = "odd-elsewhere"
    database.scimlet("org", "create", key)
    database.scimlet("import", key, people)
    wanted = database.scimlet("export", key, "--canonical").stdout
    assert scimlet("export", "odd", "--canonical", conninfo=odd).stdout == wanted and "İnci" in wanted
    again = scimlet("-o", "json", "import", "odd", people, "--dry-run", conninfo=odd)
    assert '"User.same":3' in again.stdout, again.stdout
    listed = scimlet("-o", "csv", "user", "list", "odd", "--filter", 'name.givenName eq "JOSÉ"', conninfo=odd).stdout
    assert "jose@example.com" in listed and "inci@example.com" not in listed


def test_commands(database, odd, people):
    scimlet("import", "odd", people, conninfo=odd)
    before = scimlet("export", "odd", conninfo=odd).stdout
    for command in ("token create odd --expires 2d", "user deactivate odd x2", "why odd x2", "log odd --since 1d", "prune", "migrate", "check",
                    "undo odd --since 1s --dry-run", "status odd", "history odd x2", "user reactivate odd x2", "erase odd ILGIN --yes", "check"):
        done = scimlet(*command.split(), conninfo=odd, check=False)
        assert done.returncode in ((0, 10) if "--dry-run" in command else (0,)), (command, done.stderr)
    assert len(scimlet("export", "odd", conninfo=odd).stdout.splitlines()) == len(before.splitlines()) - 1


def test_a_dba(database, odd):
    assert dba(database, "SELECT * FROM scim.check()") == ""
    assert dba(database, "SELECT number FROM scim.prune() WHERE what = 'months made ahead'") == "0"
    # Names of attributes are of no language.
    dba(database, "SELECT scim.create_organization('letters'); SELECT 1 FROM scim.set_settings('letters', '{\"required_attributes\": [\"NAME.GIVENNAME\"]}')")
    refusal = dba(database, "SELECT sentence FROM scim.upsert_person('letters', '{\"userName\": \"jane\"}', 'return')")
    assert "GIVENNAME" in refusal, refusal
    assert dba(database, "SELECT action FROM scim.upsert_person('letters', '{\"userName\": \"jane\", \"name\": {\"givenName\": \"J\"}}')") == "created"
    assert dba(database, "SELECT tgname FROM pg_trigger WHERE tgname ~ '[^a-z_0-9]' AND NOT tgisinternal") == ""
