"""What is noted after the answer: callers who were turned away, people looked for in vain; and what is removed again."""
import time
import uuid
from pathlib import Path

import pytest

from harness.client import Client

STATEMENTS = Path(__file__).parents[2] / "sql/statement"
pytestmark = pytest.mark.parametrize("front", ["lighttpd"], indirect=True, scope="session")


def wait_for(database, sql, wanted):
    """It is written after the answer was sent."""
    for _ in range(100):
        if database.sql(sql) == wanted:
            return
        time.sleep(0.05)
    assert database.sql(sql) == wanted


def test_who_is_turned_away_is_told_to_the_organization(front, database, organization):
    client = organization()
    for token in (None, "x y", "sclt_" + client.org + "_" + "0" * 49, client.token[:-1] + "_"):
        for _ in range(30):
            Client(front.url(client.org), token).get("/Users").error(401)
    wait_for(database, f"SELECT count(*) > 0, bool_and(number < 30) FROM scim.refused_callers WHERE org = '{client.org}'"
                       " AND reason IN ('auth.missing', 'auth.malformed')", "t|t")
    assert "first_call" in database.sql(f"SELECT step FROM scim.milestones WHERE org = '{client.org}'")
    assert database.sql(f"SELECT evidence ->> 'refused' FROM scim.milestones WHERE org = '{client.org}' AND step = 'first_call'"
                        ).startswith("auth.")


def test_a_token_of_another_organization_is_told_to_the_address(front, database, organization, acme):
    client = organization()
    Client(front.url(client.org), acme.token).get("/Users").error(401)
    wait_for(database, f"SELECT reason FROM scim.refused_callers WHERE org = '{client.org}'", "auth.wrong_org")


def test_an_organization_that_is_not_there_is_not_noted(front, database, acme):
    Client(front.url("nobody-here"), acme.token).get("/Users").error(401)
    acme.get("/Users?count=1")
    assert database.sql("SELECT count(*) FROM scim.refused_callers WHERE org = 'nobody-here'") == "0"


def test_a_flood_fills_no_table(database, organization):
    org = organization().org
    database.sql(f"INSERT INTO scim.refused_callers (org, hour, address, reason) SELECT '{org}', date_trunc('hour', now()), "
                 "n::text, 'auth.missing' FROM generate_series(1, 100) AS n")
    statement = (STATEMENTS / "refused_caller.sql").read_text()
    database.sql(f"PREPARE note (text, text, text, text) AS {statement}; EXECUTE note ('{org}', 'new', 'auth.missing', 'x')")
    assert database.sql(f"SELECT count(*) FROM scim.refused_callers WHERE org = '{org}'") == "100"


@pytest.mark.parametrize("query, attribute", [
    ('userName eq "Jane@Example.com"', "userName"), ('externalId eq "jane@example.com"', "externalId"),
    ('emails[type eq "work" and value eq "jane@example.com"]', "emails.value"),
    ('active eq true and userName eq "jane@example.com"', "userName")])
def test_who_is_looked_for_in_vain(database, organization, query, attribute):
    client = organization()
    for _ in range(5):
        assert client.get("/Users?filter=" + query.replace(" ", "%20").replace('"', "%22")).json["totalResults"] == 0
    wait_for(database, f"SELECT subject_key, attribute, number < 5 FROM scim.lookups WHERE org = '{client.org}'",
             f"jane@example.com|{attribute}|t")
    why = database.scimlet("why", client.org, "jane@example.com", check=False)
    assert why.returncode == 3 and "looked" in why.stdout.lower(), why.stdout


def test_a_call_that_names_nobody_is_nobodys_attempt(database, organization):
    client = organization()
    client.patch("/Users/123", {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                                "Operations": [{"op": "replace", "path": "active", "value": False}]}).error(404)
    client.request("POST", "/Users", b'{"userName": ').error(400, "invalidSyntax")
    wait_for(database, f"SELECT count(*) FROM scim.request_log WHERE org = '{client.org}' AND subject IS NULL AND result = 'refused'", "2")
    why = database.scimlet("why", client.org, "zed", check=False)
    assert why.returncode == 3 and "never asked for anybody like that" in why.stdout, why.stdout
    client.get("/Users?filter=userName%20eq%20%22zoe%22")
    wait_for(database, f"SELECT count(*) FROM scim.lookups WHERE org = '{client.org}'", "1")
    client.request("POST", "/Users", b'{"userName": ').error(400, "invalidSyntax")
    wait_for(database, f"SELECT count(*) FROM scim.request_log WHERE org = '{client.org}' AND subject IS NULL AND result = 'refused'", "3")
    assert "and we cannot tell about whom" in database.scimlet("why", client.org, "zoe", check=False).stdout


def test_who_is_found_is_no_lookup(database, organization):
    client = organization()
    client.create("jane")
    for query in ("userName%20eq%20%22jane%22", "userName%20sw%20%22x%22", "title%20eq%20%22x%22"):
        client.get(f"/Users?filter={query}")
    client.get("/Users?count=0")
    assert database.sql(f"SELECT count(*) FROM scim.lookups WHERE org = '{client.org}'") == "0"


def test_entra_tests_its_connection(database, organization):
    client = organization()
    client.get(f"/Users?filter=userName%20eq%20%22AzureAD_Test-{uuid.uuid4()}%22")
    wait_for(database, f"SELECT count(*) FROM scim.milestones WHERE org = '{client.org}' AND step = 'test_connection'", "1")


def test_prune(database, organization):
    org = organization().org
    database.sql(f"""
        SET scim.maintenance = 'on';
        UPDATE scim.organization_settings SET keep_log = 10, keep_audit = 20 WHERE org = '{org}';
        INSERT INTO scim.request_log (org, at, request_id, action, result, status)
        SELECT '{org}', now() - days * interval '1 day', 'r', 'call', 'done', 200 FROM unnest('{{1,9,11,5000}}'::int[]) AS days;
        INSERT INTO scim.audit_events (org, at, action, resource_type)
        SELECT '{org}', now() - days * interval '1 day', 'created', 'User' FROM unnest('{{19,21}}'::int[]) AS days;
        INSERT INTO scim.lookups (org, subject_key, day, attribute, last_at)
        SELECT '{org}', days::text, '2026-01-01', 'userName', now() - days * interval '1 day' FROM unnest('{{9,11}}'::int[]) AS days;
        INSERT INTO scim.deleted_users (org, id, user_name, resource, version, created, purge_after)
        SELECT '{org}', gen_random_uuid(), days::text, '{{}}', 1, now(), now() + days * interval '1 day'
          FROM unnest('{{-1,1}}'::int[]) AS days""")
    dry = database.scimlet("prune", "--dry-run", check=False)
    assert dry.returncode == 10 and "Nothing was removed." in dry.stderr
    assert database.scimlet("prune", "--dry-run", check=False).stdout == dry.stdout
    done = database.scimlet("prune")
    assert done.stdout == dry.stdout, "what was counted is what goes"
    said = dict(line.split("\t") for line in done.stdout.splitlines()[1:])
    assert database.scimlet("prune", "--dry-run").returncode == 0
    assert int(said["rows of the log"]) >= 2 and int(said["deleted people"]) >= 1
    assert database.sql(f"SELECT count(*) FROM scim.request_log WHERE org = '{org}' AND request_id = 'r'") == "2"
    assert database.sql(f"SELECT count(*) FROM scim.audit_events WHERE org = '{org}' AND at < now() - interval '1 day'") == "1"
    assert database.sql(f"SELECT subject_key FROM scim.lookups WHERE org = '{org}'") == "9"
    assert database.sql(f"SELECT user_name FROM scim.deleted_users WHERE org = '{org}'") == "1"


def test_prune_makes_a_month_that_was_missing(database, organization):
    org = organization().org
    month = database.sql("SELECT to_char(date_trunc('month', now() AT TIME ZONE 'UTC') + interval '6 months', 'YYYY_MM')")
    database.sql(f"DROP TABLE scim.request_log_{month}; INSERT INTO scim.request_log (org, at, request_id, action, result, status)"
                 f" VALUES ('{org}', to_date('{month}', 'YYYY_MM') + interval '2 days', 'later', 'call', 'done', 200)")
    assert database.sql("SELECT count(*) FROM scim.request_log_other WHERE request_id = 'later'") == "1"
    database.scimlet("prune")
    assert database.sql(f"SELECT count(*) FROM scim.request_log_{month} WHERE request_id = 'later'") == "1"
    assert database.sql("SELECT count(*) FROM scim.request_log_other") == "0"
    database.scimlet("init")    # it belongs to the owner of the schema, whoever pruned


def test_history(database, organization):
    client = organization()
    person = client.create("jane", externalId="e1", title="Engineer")
    assert client.patch(f"/Users/{person['id']}", {"op": "replace", "path": "title", "value": "Boss"}).status == 200
    database.sql(f"UPDATE scim.users SET active = false WHERE org = '{client.org}'")
    for name in ("JANE", "e1", person["id"]):
        lines = [line.split("\t") for line in database.scimlet("history", client.org, name).stdout.splitlines()[1:]]
        assert [line[1] for line in lines] == ["created", "updated", "deactivated"]
        assert lines[1][2].startswith("token ") and lines[1][4] == 'title: "Engineer" -> "Boss"'
        assert lines[2][2].startswith("scimlet (")
    assert client.delete(f"/Users/{person['id']}").status == 204
    gone = database.scimlet("history", client.org, "jane").stdout.splitlines()
    assert len(gone) == 5 and gone[-1].split("\t")[1] == "deleted"
    assert database.scimlet("history", client.org, "nobody", check=False).returncode == 3
