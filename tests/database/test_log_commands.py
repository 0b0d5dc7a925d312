"""`scimlet status` and `scimlet log`: what they tell, and that it is true."""
import json
import uuid

import pytest

from harness.postgres import scimlet
from harness.terminal import scimlet_at_terminal

USAGE, NOT_FOUND = 2, 3


@pytest.fixture
def org(database):
    key = f"log-{uuid.uuid4().hex[:12]}"
    database.scimlet("org", "create", key)
    return key


def as_json(database, *command):
    return json.loads(database.scimlet("-o", "json", *command).stdout)


def state(database, org):
    return next(row for row in as_json(database, "status") if row["org"] == org)


def matters(database, org):
    return {row["code"]: row for row in as_json(database, "status", org) if row["kind"] == "attention"}


def log(database, org, result, ago="0", reason=None, subject="Jane", token="gen_random_uuid()", action="create"):
    database.sql(f"""INSERT INTO scim.request_log (org, at, request_id, token_id, action, subject, subject_key, result, status,
                         reason, sentence)
                     VALUES ('{org}', now() - interval '{ago}', 'r{uuid.uuid4().hex}', {token}, '{action}', '{subject}',
                         scim.fold('{subject}'), '{result}', 200, {f"'{reason}'" if reason else 'NULL'}, 'So it was.')""")


def test_rejected_is_refused(database, org):
    log(database, org, "refused", reason="attr.required")
    log(database, org, "done")
    rows = as_json(database, "log", org, "--result", "rejected")
    assert [row["result"] for row in rows] == ["refused"] and rows == as_json(database, "log", org, "--result=refused")
    assert database.scimlet("log", org, "--result", "rejecte", check=False).returncode == USAGE


def test_a_reason_that_there_is_not(database, org):
    """One that is nearly there is named; one that only the log has, of an older version, is found."""
    for given, wanted in (("attr.requird", "Did you mean attr.required?"), ("name_taken", "Did you mean user.name_taken?"),
                          ("frob", "scim.reasons")):
        done = database.scimlet("log", org, "--reason", given, check=False)
        assert (done.returncode, done.stdout) == (USAGE, "") and wanted in done.stderr, given
    assert database.scimlet("log", org, "--reason", "attr.required").stdout.count("\n") == 1
    log(database, org, "refused", reason="frob.old")
    assert len(as_json(database, "log", org, "--reason", "frob.old")) == 1


def test_a_refusal_is_a_sentence_at_a_terminal(database, org):
    log(database, org, "done", ago="1 minute", subject="Joe")
    log(database, org, "refused", reason="attr.required", subject="Jane\x1b[31m")
    status, seen = scimlet_at_terminal(database, "log", org)
    lines = seen.splitlines()
    assert status == 0 and len(lines) == 5 and "\x1b" not in seen
    assert lines[0].split() == ["at", "result", "action", "status", "subject"]
    assert lines[1].split()[1:] == ["done", "create", "200", "Joe"]
    assert lines[2].split()[1:4] == ["refused", "create", "200"] and "Jane" in lines[2]
    assert lines[3] == "    So it was." and lines[4].startswith("    (attr.required, request r")
    assert all(len(line) < 80 for line in lines)


def test_the_states_of_a_connection(database, org):
    assert state(database, org)["state"] == "initializing"
    database.token(org)
    used = "UPDATE scim.tokens SET last_used = now() - interval '{}', last_used_agent = 'Okta SCIM Client' WHERE org = '" + org + "'"
    database.sql(used.format("4 days"))
    quiet = state(database, org)
    assert (quiet["state"], quiet["idp"]) == ("quiet", "okta")
    assert "connection.quiet" in matters(database, org)
    database.sql(used.format("1 hour"))
    assert state(database, org)["state"] == "connected"
    for _ in range(2):
        log(database, org, "refused", reason="attr.required")
    assert state(database, org)["state"] == "connected"
    log(database, org, "refused", reason="attr.required")
    assert state(database, org)["state"] == "failing"
    assert {"connection.failing", "attr.required"} <= set(matters(database, org))
    log(database, org, "done")
    assert state(database, org)["state"] == "connected"
    database.sql(f"INSERT INTO scim.refused_callers (org, hour, address, reason) VALUES ('{org}', date_trunc('hour', now()), "
                 f"'192.0.2.1', 'auth.unknown')")
    assert state(database, org)["state"] == "failing"
    database.scimlet("org", "set", org, "provisioning=off", "idp=entra")
    off = state(database, org)
    assert (off["state"], off["idp"], off["tokens_live"]) == ("off", "entra", 1)


def test_what_needs_attention(database, org):
    assert matters(database, org) == {}
    database.token(org, expires="2d")
    assert set(matters(database, org)) == {"token.expiring"}
    database.sql(f"UPDATE scim.tokens SET revoked = now() WHERE org = '{org}'")
    database.sql(f"INSERT INTO scim.guards (org, stopped, refused) VALUES ('{org}', now(), 7)")
    database.sql(f"INSERT INTO scim.users (org, user_name, account) VALUES ('{org}', 'jane', 'a1')")
    database.scimlet("org", "set", org, "seat_limit=0")
    found = matters(database, org)
    assert {"token.none_live", "guard.stopped", "seats.over_limit"} <= set(found)
    assert f"scimlet guard release {org}" in found["guard.stopped"]["next_step"]
    assert state(database, org)["attention"] == len(found)
    assert all(row["sentence"] and row["next_step"] for row in found.values())


def test_what_no_request_asked_for_is_no_matter_of_the_provider(database, org, tmp_path):
    (tmp_path / "bad.csv").write_text("userName,active\njane,maybe\n")
    for _ in range(2):
        database.scimlet("import", org, str(tmp_path / "bad.csv"), check=False)
    assert database.sql(f"SELECT count(*) > 1 FROM scim.request_log WHERE org = '{org}' AND result = 'refused'") == "t"
    assert matters(database, org) == {}
    log(database, org, "refused", reason="login.no_seat", token="NULL", action="login")
    assert set(matters(database, org)) == {"login.no_seat"}


def test_one_is_no_plural(database, org):
    def sentence():
        return matters(database, org)["attr.required"]["sentence"].partition(": ")[2]

    log(database, org, "refused", reason="attr.required")
    assert sentence() == "once in the last 7 days, 1 person or group."
    log(database, org, "refused", reason="attr.required", subject="Joe")
    assert sentence() == "2 times in the last 7 days, 2 people or groups."
    database.sql(f"SET scim.maintenance = 'on'; UPDATE scim.request_log SET subject = NULL, subject_key = NULL WHERE org = '{org}'")
    assert sentence() == "2 times in the last 7 days."
    database.sql(f"INSERT INTO scim.guards (org, stopped, refused) VALUES ('{org}', now(), 1)")
    database.sql(f"INSERT INTO scim.users (org, user_name, account) VALUES ('{org}', 'jane', 'a1'), ('{org}', 'joe', 'a2')")
    database.scimlet("org", "set", org, "seat_limit=1")
    found = matters(database, org)
    assert found["guard.stopped"]["sentence"].startswith("1 removal was refused")
    assert found["seats.over_limit"]["sentence"] == "2 people are active, more than the one seat."


def test_it_is_the_identity_provider_that_has_not(database, org):
    database.sql(f"INSERT INTO scim.users (org, user_name) VALUES ('{org}', 'jane'); UPDATE scim.users SET title = 'x' WHERE org = '{org}'")
    waiting = {row["code"]: row["sentence"] for row in as_json(database, "status", org) if row["state"] == "waiting"}
    assert all(waiting[f"first_{step}"].endswith(" by the identity provider yet.") for step in ("person", "update", "group", "deactivation"))


def test_milestones_are_done_or_waiting(database, org):
    database.sql(f"INSERT INTO scim.milestones (org, step) VALUES ('{org}', 'first_call') ON CONFLICT DO NOTHING")
    steps = {row["code"]: row["state"] for row in as_json(database, "status", org) if row["kind"] == "milestone"}
    assert len(steps) == 8
    assert (steps["first_call"], steps["first_group"]) == ("done", "waiting")


def test_milestones_are_told_in_their_order_with_what_to_do(database, org):
    def told():
        return [row for row in as_json(database, "status", org) if row["kind"] == "milestone"]

    assert [row["code"] for row in told()] == ["token_created", "first_call", "token_check", "test_connection", "first_person",
                                               "first_update", "first_group", "first_deactivation"]
    assert told()[0]["sentence"] == "There was never a token." and told()[0]["next_step"] == f"`scimlet token create {org}`."
    database.token(org, name="Okta")
    database.sql(f"""INSERT INTO scim.milestones (org, step, evidence) VALUES
        ('{org}', 'first_call', '{{"refused": "auth.unknown"}}'), ('{org}', 'first_person', '{{"name": "jane"}}')""")
    sentences = [row["sentence"] for row in told()]
    assert sentences[0] == "A token was made: Okta." and told()[0]["next_step"] == ""
    assert sentences[1] == "The first call came, and was refused (auth.unknown)."
    assert sentences[2] == "No call has come with a token that works." and org in told()[2]["next_step"]
    assert sentences[4] == "The first person was created by the identity provider: jane."
    assert all(sentence.endswith(".") for sentence in sentences)


def test_the_log_newest_last_and_filtered(database, org):
    log(database, org, "done", "3 days", subject="Early")
    log(database, org, "refused", "1 hour", "attr.required", "Jane")
    log(database, org, "done", subject="Late")

    def subjects(*options):
        return [row["subject"] for row in as_json(database, "log", org, *options)]

    assert subjects() == ["Early", "Jane", "Late"]
    assert subjects("--since", "2d") == ["Jane", "Late"]
    assert subjects("--since", "2020-01-01") == ["Early", "Jane", "Late"]
    assert subjects("--result", "refused") == subjects("--reason", "attr.required") == subjects("--subject", "JANE") == ["Jane"]
    assert subjects("--limit", "1") == ["Late"]
    row = as_json(database, "log", org, "--subject", "jane")[0]
    assert (row["result"], row["sentence"], row["action"]) == ("refused", "So it was.", "create")


def test_wrong_use(database, org):
    for wrong in (["--since", "soon"], ["--result", "bad"], ["--limit", "0"], ["--limit", "x"]):
        done = database.scimlet("log", org, *wrong, check=False)
        assert (done.returncode, done.stdout) == (USAGE, ""), wrong
    assert database.scimlet("log", "nobody-here", check=False).returncode == NOT_FOUND
    assert database.scimlet("status", "nobody-here", check=False).returncode == NOT_FOUND


def test_an_auditor_reads_the_log(database, org):
    """Who may not read people is told of what was asked about them, and that an organization is none."""
    log(database, org, "done")
    database.sql("CREATE ROLE auditing LOGIN IN ROLE scim_auditor")
    told = scimlet("-q", "log", org, conninfo=database.conninfo("auditing"))
    assert "Jane" in told.stdout
    assert scimlet("log", "nobody", conninfo=database.conninfo("auditing"), check=False).returncode == 3
