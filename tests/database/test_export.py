"""`scimlet export`: what each format holds, what it says it cannot hold, and how little memory it takes."""
import csv
import io
import json
import re
import subprocess
import uuid
from pathlib import Path

import pytest

from harness.settings import BUILD, SANITIZER_LOGS
from harness.terminal import scimlet_at_terminal

SOME_FAILED, USAGE, NOT_FOUND = 1, 2, 3
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def new_org(database):
    key = f"export-{uuid.uuid4().hex[:12]}"
    database.scimlet("org", "create", key)
    return key


@pytest.fixture
def org(database):
    return new_org(database)


def person(database, org, resource, **columns):
    """Returns the id."""
    names = "".join(f", {name}" for name in columns)
    values = "".join(f", {value}" for value in columns.values())
    text = json.dumps(resource).replace("'", "''")
    return database.sql(f"INSERT INTO scim.users (org, resource{names}) VALUES ('{org}', '{text}'{values}) RETURNING id")


def group(database, org, name, members=(), external_id="NULL"):
    team = database.sql(f"INSERT INTO scim.groups (org, display_name, external_id) VALUES ('{org}', '{name}', {external_id}) RETURNING id")
    for kind, member in members:
        database.sql(f"INSERT INTO scim.group_members (org, group_id, member_id, member_type) VALUES ('{org}', '{team}', '{member}', '{kind}')")
    return team


@pytest.fixture
def small(database, org):
    """Two people, one the other's manager, and a group in a group."""
    boss = person(database, org, {"userName": "zoe", "emails": [{"value": "zoe@x.org", "type": "work", "primary": True}]})
    jane = person(database, org, {"userName": "jane", "active": False, "title": "=1+1", "name": {"familyName": "Doe", "givenName": "Jane"},
                                  ENTERPRISE: {"department": "R&D, \"East\"", "manager": {"value": boss, "$ref": "https://x/1"}}})
    inner = group(database, org, "Inner", [("User", jane)], "'e1'")
    group(database, org, "Outer", [("Group", inner), ("User", boss), ("User", jane)])
    return {"org": org, "zoe": boss, "jane": jane, "inner": inner}


def export(database, org, *options, status=0):
    done = database.scimlet("export", org, *options, check=False)
    assert done.returncode == status, done.stderr
    return done.stdout


def test_json_lines_hold_everything(database, small):
    lines = [json.loads(line) for line in export(database, small["org"]).splitlines()]
    jane, zoe, inner, outer = lines
    assert (jane["userName"], jane["id"], jane["active"]) == ("jane", small["jane"], False)
    assert jane["meta"]["resourceType"] == "User" and jane["meta"]["created"].endswith("Z")
    assert jane[ENTERPRISE] == {"department": 'R&D, "East"', "manager": {"value": small["zoe"]}}
    assert jane["schemas"] == ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE]
    assert zoe["emails"] == [{"value": "zoe@x.org", "type": "work", "primary": True}]
    assert (inner["displayName"], inner["externalId"], inner["id"]) == ("Inner", "e1", small["inner"])
    assert outer["members"] == [
        {"value": small["inner"], "display": "Inner", "type": "Group"},
        {"value": small["jane"], "display": "jane", "type": "User"},
        {"value": small["zoe"], "display": "zoe", "type": "User"}]


def test_canonical_names_instead_of_ids(database, small):
    text = export(database, small["org"], "--canonical")
    assert not any(small[name] in text for name in ("zoe", "jane", "inner")) and "meta" not in text
    jane, _, _, outer = [json.loads(line) for line in text.splitlines()]
    assert jane[ENTERPRISE]["manager"] == {"value": "zoe"}
    assert outer["members"] == [{"value": name, "type": kind} for name, kind in (("Inner", "Group"), ("jane", "User"), ("zoe", "User"))]
    # The order of keys is the schema's, not jsonb's.
    assert list(jane) == ["schemas", "userName", "name", "title", "active", ENTERPRISE]
    assert text.splitlines()[0].index('"familyName"') < text.splitlines()[0].index('"givenName"')


def test_scim_is_one_list_response_of_the_same(database, small):
    answer = json.loads(export(database, small["org"], "--format", "scim"))
    assert export(database, small["org"], "--format", "listresponse") == export(database, small["org"], "--format", "scim")
    assert export(database, small["org"], "--format", "NDJSON") == export(database, small["org"])
    assert answer["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:ListResponse"]
    assert (answer["totalResults"], answer["startIndex"], answer["itemsPerPage"]) == (4, 1, 4)
    assert answer["Resources"] == [json.loads(line) for line in export(database, small["org"]).splitlines()]


def test_an_organization_of_nobody(database, org):
    assert export(database, org) == ""
    assert json.loads(export(database, org, "--format", "scim"))["Resources"] == []
    assert export(database, org, "--format", "csv") == "id,userName\n"


def raw_csv(database, org, *options):
    done = subprocess.run([BUILD / "scimlet", "--dsn", database.conninfo(), "export", org, "--format", "csv", *options],
                          capture_output=True, check=False)
    text = done.stdout.decode()
    rows = list(csv.reader(io.StringIO(text, newline="")))
    return done, text, [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def test_csv_has_the_columns_that_somebody_has(database, small):
    done, text, (jane, zoe) = raw_csv(database, small["org"])
    assert done.returncode == 0 and text.endswith("\r\n")
    assert list(jane) == ["id", "userName", "name.familyName", "name.givenName", "title", "active", "emails.work", "emails.work.primary",
                          "department", "manager"]
    assert (jane["title"], jane["active"], jane["department"], jane["manager"]) == ("=1+1", "false", 'R&D, "East"', small["zoe"])
    assert (zoe["emails.work"], zoe["emails.work.primary"], zoe["manager"]) == ("zoe@x.org", "true", "")
    _, _, (jane, zoe) = raw_csv(database, small["org"], "--canonical", "--groups")
    assert "id" not in jane and jane["manager"] == "zoe"
    assert (jane["groups"], zoe["groups"]) == ("Inner;Outer", "Outer")


def test_csv_says_what_it_cannot_hold(database, org):
    person(database, org, {"userName": "a", "emails": [{"value": "1@x.org", "type": "work"}, {"value": "2@x.org", "type": "work"}]})
    person(database, org, {"userName": "b", "title": " blank", "phoneNumbers": [{"value": "1", "type": "a.b"}], "nickName": "fine"})
    ok = person(database, org, {"userName": "c", "emails": [{"value": "no type"}]})
    done, _, rows = raw_csv(database, org)
    said = done.stderr.decode()
    assert done.returncode == SOME_FAILED and "2 people" in said
    assert all(name in said for name in ("emails", "title", "phoneNumbers")) and "nickName" not in said
    assert [row["emails.work"] for row in rows] == ["1@x.org", "", ""] and rows[2]["emails"] == "no type"
    assert rows[1]["nickName"] == "fine"
    group(database, org, "semi;colon", [("User", ok)])
    group(database, org, "plain", [("User", ok)])
    group(database, org, "empty")
    group(database, org, "known", [("User", ok)], "'e'")
    done, _, rows = raw_csv(database, org, "--groups")
    assert rows[2]["groups"] == "known;plain"
    assert "2 groups" in done.stderr.decode() and "3 people" in done.stderr.decode() and "groups." in done.stderr.decode()
    assert raw_csv(database, org)[0].stderr.decode() == said       # without --groups nobody asked for them
    export(database, org)                                          # jsonl has no such limits


def test_attributes_that_scim_does_not_know_are_named(database, org):
    # An older version let it in; what a request writes is not looked at again.
    database.sql(f"SET scim.request = '{{\"id\": \"r\"}}'; INSERT INTO scim.users (org, resource) "
                 f"VALUES ('{org}', '{{\"userName\": \"a\", \"shoeSize\": \"44\"}}')")
    done = database.scimlet("export", org, check=False)
    assert (done.returncode, "shoeSize" in done.stderr, "shoeSize" in done.stdout) == (SOME_FAILED, True, False)


def test_a_suspended_person_whose_resource_does_not_say_so(database, org):
    person(database, org, {"userName": "a", "active": False})
    database.sql(f"UPDATE scim.users SET resource = resource - 'active' WHERE org = '{org}'")
    assert json.loads(export(database, org))["active"] is False


def test_wrong_use(database, org):
    assert "jsonl, scim, csv" in database.scimlet("export", org, "--format", "xml", check=False).stderr
    assert database.scimlet("export", org, "--format", "xml", check=False).returncode == USAGE
    export(database, org, "--groups", status=USAGE)
    export(database, "nobody-here", status=NOT_FOUND)


def test_a_full_disk_is_no_success(database, small):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([BUILD / "scimlet", "--dsn", database.conninfo(), "export", small["org"]], stdout=full,
                              stderr=subprocess.PIPE, check=False)
    assert done.returncode == SOME_FAILED and b"could not be written" in done.stderr


def fill(database, org, people):
    """People without the triggers, which are not what is looked at; everybody is in one group."""
    database.sql(f"""SET session_replication_role = replica;
        INSERT INTO scim.users (org, user_name, resource)
        SELECT '{org}', 'p' || n, jsonb_build_object('userName', 'p' || n, 'schemas', jsonb_build_array('urn:ietf:params:scim:schemas:core:2.0:User'),
            'displayName', repeat('Name', 10), 'emails', jsonb_build_array(jsonb_build_object('value', 'p' || n || '@x.org', 'type', 'work')))
          FROM generate_series(1, {people}) AS n;
        WITH team AS (INSERT INTO scim.groups (org, display_name, member_count) VALUES ('{org}', 'All', {people}) RETURNING id)
        INSERT INTO scim.group_members (org, group_id, member_id)
        SELECT '{org}', team.id, person.id FROM team, scim.users AS person WHERE person.org = '{org}'""")


def export_and_watch(database, org, *options):
    """How many bytes come, how often a person is told of in them, and the program's largest resident size in KiB."""
    size, people, resident = 0, 0, 0
    with subprocess.Popen([BUILD / "scimlet", "--dsn", database.conninfo(), "export", org, *options], stdout=subprocess.PIPE) as child:
        while piece := child.stdout.read(50_000):
            # VmHWM, as getrusage() counts what was there before exec, that is, Python.
            found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{child.pid}/status").read_text())
            resident = int(found[1]) if found else resident     # it has ended
            size += len(piece)
            people += piece.count(b"@x.org")
    assert child.returncode == 0
    return size, people, resident


@pytest.mark.parametrize("options, people", [([], 100_000), (["--format", "csv", "--groups"], 20_000)])
def test_memory_does_not_grow_with_people(database, options, people):
    few, many = new_org(database), new_org(database)
    fill(database, few, 2000)
    fill(database, many, people)
    _, _, before = export_and_watch(database, few, *options)
    size, seen, after = export_and_watch(database, many, *options)
    print(f"{options}: {before} KiB with 2,000 people, {after} KiB with {people}; {size} bytes")
    assert people - 100 < seen <= people and size > 2_000_000      # some stand across pieces
    # A sanitizer keeps what was freed for a while.
    assert SANITIZER_LOGS or after - before < 1024 and after < 16 * 1024


@pytest.mark.parametrize("form", ["json", "csv"])
def test_the_form_is_said_by_format(database, org, form):
    """-o csv would be taken for it, and was not."""
    done = database.scimlet("-o", form, "export", org, check=False)
    assert (done.returncode, done.stdout) == (USAGE, "") and "--format: jsonl, scim, csv" in done.stderr


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_a_terminal_is_not_steered(database, form):
    """It shows by their number what a file gets as it is."""
    org = f"esc-{uuid.uuid4().hex[:12]}"
    database.scimlet("org", "create", org)
    database.sql(f"INSERT INTO scim.users (org, user_name, title) VALUES ('{org}', 'jane', E'\\u202eBoss\\u009b2J\\x7f')")
    status, seen = scimlet_at_terminal(database, "export", org, "--format", form)
    assert status == 0
    assert r"\u{202E}Boss\u{9B}2J\u{7F}" in seen and "This terminal shows some characters by their number" in seen
    assert not re.search("[\u202e\u009b\x7f\x1b]", seen)
    assert "\u202eBoss\u009b2J\x7f" in (piped := database.scimlet("export", org, "--format", form).stdout)
    shown = [line for line in seen.splitlines() if "terminal" not in line]
    assert len(shown) == len([line for line in piped.splitlines() if line])
    database.sql(f"UPDATE scim.users SET title = 'Boss' WHERE org = '{org}'")
    plain = database.scimlet("export", org, "--format", form).stdout
    assert scimlet_at_terminal(database, "export", org, "--format", form)[1].split() == plain.split()
