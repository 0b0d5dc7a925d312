"""`scimlet erase`: no byte of a person stays in any table, index or dump; that something happened does."""
import json
import re
import subprocess
import uuid

import pytest

from harness.documents import ENTERPRISE
from harness.postgres import Database
from harness.settings import PG_DUMP

NOT_FOUND, REFUSED, USAGE = 3, 4, 2

# A word that is nowhere else, in each attribute, in spellings of its own.
WORDS = {name: f"Canary{number}x{name}" for number, name in enumerate((
    "userName", "externalId", "displayName", "nickName", "title", "givenName", "familyName", "formatted", "middleName", "prefix",
    "profileUrl", "userType", "email", "home", "phone", "street", "role", "photo", "im", "entitlement", "department", "costCenter",
    "employeeNumber", "account", "subject", "second", "former", "refused", "looked"))}


def resource(words=WORDS):
    return {
        "userName": words["userName"] + "@example.com", "externalId": words["externalId"], "displayName": words["displayName"],
        "nickName": words["nickName"], "title": words["title"], "profileUrl": "https://x/" + words["profileUrl"],
        "userType": words["userType"], "active": True,
        "name": {"givenName": words["givenName"], "familyName": words["familyName"], "formatted": words["formatted"],
                 "middleName": words["middleName"], "honorificPrefix": words["prefix"]},
        "emails": [{"value": words["email"] + "@example.com", "type": "work", "primary": True}, {"value": words["home"] + "@home.example"}],
        "phoneNumbers": [{"value": words["phone"]}], "addresses": [{"streetAddress": words["street"]}],
        "roles": [{"value": words["role"]}], "photos": [{"value": words["photo"]}], "ims": [{"value": words["im"]}],
        "entitlements": [{"value": words["entitlement"]}],
        ENTERPRISE: {"department": words["department"], "costCenter": words["costCenter"], "employeeNumber": words["employeeNumber"]}}


@pytest.fixture(scope="module")
def cluster():
    """Its own: every file of it is read, and no other test has put anything there."""
    cluster = Database()
    cluster.start()
    yield cluster
    cluster.stop()


def upsert(cluster, org, document):
    literal = json.dumps(document).replace("'", "''")
    return cluster.sql(f"SELECT id FROM scim.upsert_person('{org}', '{literal}')")


def told(cluster, org, document):
    """A person of whom every relation tells, as SCIM, SQL and imports write it."""
    cluster.sql(f"INSERT INTO scim.organizations (org) VALUES ('{org}');"
                f"INSERT INTO scim.indexed_attributes (org, attribute, path, ready) VALUES ('{org}', 'nickName', '$.nickName', true);"
                f"UPDATE scim.organization_settings SET on_delete = 'suspend' WHERE org = '{org}'")
    first = {**document, "userName": WORDS["former"] + "@example.com", "nickName": WORDS["second"]}
    person = upsert(cluster, org, first)
    assert upsert(cluster, org, document) == person
    name, email, external = document["userName"], document["emails"][0]["value"], document["externalId"]
    cluster.sql(f"""
        UPDATE scim.users SET account = '{WORDS["account"]}', login_subject = '{WORDS["subject"]}', linked = now() WHERE id = '{person}';
        INSERT INTO scim.groups (org, display_name) VALUES ('{org}', 'Team');
        INSERT INTO scim.group_members (org, group_id, member_id) SELECT '{org}', id, '{person}' FROM scim.groups WHERE org = '{org}';
        INSERT INTO scim.users (org, user_name, manager_id) VALUES ('{org}', 'by-id', '{person}'), ('{org}', 'by-name', '{name}'),
            ('{org}', 'other', NULL);
        SET scim.request = '{{"id": "r1", "method": "POST"}}';
        UPDATE scim.users SET resource = jsonb_set(resource, '{{{ENTERPRISE},manager,displayName}}', to_jsonb('{WORDS["displayName"]}'::text))
         WHERE org = '{org}' AND manager_id IS NOT NULL;
        SELECT scim.log_done('{org}', 'update', 'User', '{person}', '{name}', '{email}', '{external}', 200);
        SELECT scim.log_refused('{org}', 'create', 'User', NULL, '{name.upper()}', '{email.upper()}', '{external}', 409, 'uniqueness',
            'user.name_taken', ARRAY['{name.upper()}'], 'There is a person "{name.upper()}" already.');
        SELECT scim.log_refused('{org}', 'create', 'User', NULL, 'other', NULL, NULL, 400, 'invalidValue', 'attr.domain',
            ARRAY['{WORDS["home"]}@home.example', 'x'], '{WORDS["home"]}@home.example is in none of them.');
        SELECT scim.reach_milestone('{org}', 'first_update', jsonb_build_object('resource', '{person}', 'name', '{name}'));
        SET scim.request = '';
        INSERT INTO scim.lookups (org, subject_key, day, attribute) VALUES ('{org}', scim.fold('{name}'), '2026-01-01', 'userName'),
            ('{org}', scim.fold('{email}'), '2026-01-01', 'emails'), ('{org}', 'somebody else', '2026-01-01', 'userName');
        INSERT INTO scim.import_staging (org, resource, reference) VALUES ('{org}', '{{"userName": "{name}"}}', '{name}'),
            ('{org}', '{{"userName": "other", "{ENTERPRISE}": {{"manager": {{"value": "{name}"}}}}}}', 'o');
        INSERT INTO scim.import_runs (org, id, file, options) VALUES ('{org}', '{person}', 'people.csv', '{{}}');
        INSERT INTO scim.import_rejects (org, run, line, resource_type, subject, reason, sentence)
        VALUES ('{org}', '{person}', 1, 'User', '{name}', 'import.unusable', '{name} cannot be read.');
        INSERT INTO scim.import_matches (org, run, resource_type, id, line, reference, manager)
        VALUES ('{org}', '{person}', 'User', '{person}', 1, '{name}', NULL), ('{org}', '{person}', 'User', gen_random_uuid(), 2, 'o', '{name}')""")
    return person


def in_files(cluster):
    """The canaries in the tables and indexes of the cluster, in any letter case."""
    cluster.sql("CHECKPOINT")
    done = subprocess.run(["grep", "-raioh", "canary[0-9]*x[a-z]*", str(cluster.data / "base"), str(cluster.data / "global")],
                          capture_output=True, text=True, errors="replace", check=False)
    return set(done.stdout.lower().split())


def in_dump(cluster):
    done = subprocess.run([PG_DUMP, "--inserts"], env=cluster.environment(), capture_output=True, text=True, check=True)
    return set(re.findall(r"canary[0-9]*x[a-z]*", done.stdout.lower()))


def test_no_byte_stays(cluster):
    person = told(cluster, "acme", resource())
    cluster.sql("ANALYZE")      # noted values are of the person, too
    assert len(in_files(cluster)) > 25 and len(in_dump(cluster)) > 25
    events = cluster.sql(f"SELECT action FROM scim.audit_events WHERE resource_id = '{person}' ORDER BY seq").splitlines()
    rows = cluster.sql("SELECT count(*) FROM scim.request_log WHERE org = 'acme'")
    done = cluster.scimlet("erase", "acme", WORDS["userName"].upper() + "@EXAMPLE.COM", "--yes", "--vacuum")
    counts = dict(line.split("\t") for line in done.stdout.splitlines()[1:])
    assert counts["people"] == "1" and int(counts["rows of the log"]) >= 3 and int(counts["events of the audit"]) >= 5
    assert in_dump(cluster) == set()
    assert in_files(cluster) == set()
    # The skeleton stays, and tells who did what when.
    assert cluster.sql("SELECT count(*) FROM scim.request_log WHERE org = 'acme'") == rows
    after = cluster.sql(f"SELECT action, name, num_nonnulls(before, after) FROM scim.audit_events WHERE resource_id = '{person}' "
                        "AND resource_type = 'User' ORDER BY seq").splitlines()
    assert [line.split("|")[0] for line in after] == [*events, "deleted", "erased"]
    assert all(re.fullmatch(r"\w+\|erased:[0-9a-f]{16}\|0", line) for line in after) and len({line.split("|")[1] for line in after}) == 1
    refused = cluster.sql("SELECT subject, arguments, sentence FROM scim.request_log WHERE org = 'acme' AND reason = 'user.name_taken'")
    assert re.fullmatch(r'(erased:\w+)\|\{\1\}\|.*\1.*', refused)
    # What is about others stays, without the person.
    assert cluster.sql("SELECT subject FROM scim.request_log WHERE org = 'acme' AND reason = 'attr.domain'") == "other"
    assert cluster.sql("SELECT subject_key FROM scim.lookups WHERE org = 'acme'") == "somebody else"
    assert cluster.sql("SELECT count(manager_id), count(*) FROM scim.users WHERE org = 'acme'") == "0|3"
    assert cluster.sql("SELECT count(*) FROM scim.import_staging WHERE org = 'acme'") == "1"
    assert cluster.scimlet("check").returncode == 0


def test_nothing_brings_them_back(cluster):
    person = told(cluster, "undo", resource())
    before = cluster.sql("SELECT clock_timestamp()")
    cluster.sql("DELETE FROM scim.users WHERE org = 'undo' AND user_name = 'other'")
    cluster.scimlet("erase", "undo", person, "--yes")
    assert person not in cluster.sql(f"SELECT id FROM scim.as_of('undo', '{before}')")
    assert "other" in cluster.sql(f"SELECT user_name FROM scim.as_of('undo', '{before}')")
    cluster.sql(f"SELECT * FROM scim.as_of_members('undo', 'Team', '{before}')")
    assert "canary" not in cluster.sql(f"SELECT * FROM scim.history('undo', '{person}')").lower()
    assert cluster.scimlet("undo", "undo", "--since", "1h", "--dry-run", check=False).returncode in (0, 10)
    cluster.sql(f"SELECT * FROM scim.undo('undo', '{before}', 'any', false)")
    assert cluster.sql("SELECT user_name FROM scim.users WHERE org = 'undo' ORDER BY 1").splitlines() == ["by-id", "by-name", "other"]
    assert cluster.sql(f"SELECT count(*) FROM scim.group_members WHERE member_id = '{person}'") == "0"
    assert in_dump(cluster) == set()
    assert cluster.scimlet("why", "undo", WORDS["userName"] + "@example.com", check=False).returncode == NOT_FOUND
    assert cluster.scimlet("check").returncode == 0


@pytest.mark.parametrize("kept", ["suspend", "delete"])
def test_somebody_who_was_deleted_before(cluster, kept):
    org = f"gone-{kept}"
    told(cluster, org, resource())
    cluster.sql(f"UPDATE scim.organization_settings SET on_delete = '{kept}' WHERE org = '{org}'")
    cluster.sql(f"SELECT scim.remove_person('{org}', '{WORDS['externalId']}')")
    assert cluster.sql(f"SELECT count(*) FROM scim.deleted_users WHERE org = '{org}'") == ("1" if kept == "suspend" else "0")
    assert in_dump(cluster) != set()
    cluster.scimlet("erase", org, WORDS["externalId"], "--yes")
    assert in_dump(cluster) == set()
    again = cluster.scimlet("erase", org, WORDS["externalId"], "--yes", check=False)
    assert (again.returncode, again.stdout) == (NOT_FOUND, "")
    assert cluster.scimlet("check").returncode == 0


def test_another_organization_and_namesakes_keep_theirs(cluster):
    for org in ("here", "there"):
        told(cluster, org, resource())
    other = upsert(cluster, "here", {"userName": "namesake", "displayName": WORDS["displayName"]})
    dump = in_dump(cluster)
    cluster.scimlet("erase", "here", WORDS["userName"] + "@example.com", "--yes")
    assert in_dump(cluster) == dump
    assert cluster.sql(f"SELECT display_name FROM scim.users WHERE id = '{other}'") == WORDS["displayName"]
    cluster.scimlet("erase", "here", "namesake", "--yes")
    cluster.scimlet("erase", "there", WORDS["email"] + "@example.com", "--yes")
    assert in_dump(cluster) == set()
    assert cluster.scimlet("check").returncode == 0


def test_the_command(cluster):
    told(cluster, "asked", resource())
    name = WORDS["userName"] + "@example.com"
    done = cluster.scimlet("erase", "asked", name, check=False)
    assert done.returncode in (USAGE, REFUSED) and "--yes" in done.stderr
    assert cluster.sql(f"SELECT count(*) FROM scim.users WHERE org = 'asked' AND user_name = '{name}'") == "1"
    assert cluster.scimlet("erase", "asked", "nobody", "--yes", check=False).returncode == NOT_FOUND
    assert cluster.scimlet("erase", "nowhere", name, "--yes", check=False).returncode == NOT_FOUND
    cluster.sql("SET scim.checked = 'on'; INSERT INTO scim.users (org, user_name, external_id) VALUES ('asked', 'a', 'twin'), ('asked', 'b', 'twin')")
    twins = cluster.scimlet("erase", "asked", "twin", "--yes", check=False)
    assert twins.returncode == REFUSED and "more than one person" in twins.stderr
    done = cluster.scimlet("erase", "asked", name, "--yes")
    assert "--vacuum" in done.stderr
    with pytest.raises(AssertionError, match="permission denied"):
        cluster.sql("SET ROLE scim_service; SELECT scim.erase('asked', 'a')")


def test_words_are_not_parts_of_words(cluster):
    assert cluster.sql("SELECT scim.mentions(m, '{ann,a.b+c@x}') FROM unnest(ARRAY['Joanna is here', 'ANN is here', 'the \"ann\"', "
                       "'A.B+C@X.', 'aXb+c@x', 'ann@x']) AS m").split() == ["f", "t", "t", "t", "f", "t"]
