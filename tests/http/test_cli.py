"""The administrator's program in detail: help, outputs, tokens' lives, settings, and what the doctor finds."""
import csv
import io
import json
import os
import pty
import socket
import ssl
import subprocess
import threading
import uuid
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from harness.client import Client
from harness.postgres import DATABASE, scimlet
from harness.settings import BUILD

DONE, WARNINGS, USAGE, NOT_FOUND, REFUSED = 0, 1, 2, 3, 4


@pytest.fixture
def org(database):
    key = f"cli-{uuid.uuid4().hex[:12]}"
    database.scimlet("org", "create", key)
    return key


def listed(database, org):
    return json.loads(database.scimlet("-o", "json", "token", "list", org).stdout)


def findings(database, *arguments, conninfo=None):
    """The doctor's lines by name of the check, and its exit status."""
    done = scimlet("-o", "json", "doctor", *arguments, conninfo=conninfo or database.conninfo(), check=False)
    assert done.stdout, done
    return {each["check"]: each for each in json.loads(done.stdout)}, done.returncode


# ---- help and wrong use

def test_help_names_every_command(database):
    text = database.scimlet("--help").stdout
    for command in ("init", "migrate", "doctor", "org create", "org list", "org show", "org set", "token create", "status", "log",
                    "token list", "token replace", "token revoke"):
        assert f"\n  {command} " in text
        own = database.scimlet(*command.split(), "--help").stdout
        assert f"Usage: scimlet {command}" in own
    assert database.scimlet("-h").stdout == text
    assert database.scimlet("--version").stdout.startswith("scimlet ")


@pytest.mark.parametrize("words, meant", [("orgs list", "org list"), ("org lst", "org list"), ("tken create x", "token create"),
                                          ("intit", "init"), ("doctr", "doctor"), ("token revok a b", "token revoke")])
def test_did_you_mean(database, words, meant):
    done = database.scimlet(*words.split(), check=False)
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert f"Did you mean `scimlet {meant}`?" in done.stderr


@pytest.mark.parametrize("words", ["foo", "x", "-"])
def test_nothing_is_guessed_of_what_is_like_nothing(database, words):
    done = database.scimlet(*words.split(), check=False)
    assert (done.returncode, done.stderr) == (USAGE, f'scimlet: There is no command "{words}". See `scimlet --help`.\n')


@pytest.mark.parametrize("words, sentence", [
    ("log acme --sinse=1h", "There is no option --sinse. Did you mean --since?"),
    ("token create acme --scope", "--scopes needs a value."), ("org list -o", "--output needs a value."),
    ("org list --quiet=1", "--quiet takes no value."), ("org list -qX", "There is no option -X. See `scimlet COMMAND --help`."),
    ("org list --frobnicate", "There is no option --frobnicate. See `scimlet COMMAND --help`."),
    ("log acme --s 1h", "Option --s may be one of --scopes, --status, --since, --subject: write more of it."),
    ("org list --since 1h", "`scimlet org list` takes no --since. See `scimlet org list --help`.")])
def test_options_that_are_wrong(database, words, sentence):
    done = database.scimlet(*words.split(), check=False)
    assert (done.returncode, done.stdout, done.stderr) == (USAGE, "", f"scimlet: {sentence}\n")


def test_half_a_command_lists_the_rest(database):
    for words in (["token"], ["token", "frobnicate"]):
        done = database.scimlet(*words, check=False)
        assert done.returncode == USAGE
        for rest in ("create", "list", "replace", "revoke"):
            assert f"scimlet token {rest} ORG" in done.stderr


def test_options_stand_anywhere_but_only_where_they_belong(database, org):
    assert database.scimlet("org", "show", "-o", "json", org).stdout == database.scimlet("-o", "json", "org", "show", org).stdout
    for command in (["org", "list", "--grace", "1h"], ["token", "list", org, "--name", "x"], ["init", "--url", "http://x"]):
        done = database.scimlet(*command, check=False)
        assert (done.returncode, done.stdout) == (USAGE, ""), command
        assert command[-2] in done.stderr


def test_arguments_must_be_utf8(database):
    done = subprocess.run([BUILD / "scimlet", "--dsn", database.conninfo(), "org", "create", "acme2", "--name", b"\xff"],
                          capture_output=True, check=False)
    assert done.returncode == USAGE
    assert b"UTF-8" in done.stderr


def test_quiet_keeps_failures(database):
    key = f"quiet-{uuid.uuid4().hex[:8]}"
    assert database.scimlet("-q", "org", "create", key).stderr == ""
    assert key in database.scimlet("-q", "org", "create", key, check=False).stderr


def test_what_cannot_be_written_is_a_failure(database, org):
    """A token that is lost on the way must not look like a success."""
    with open("/dev/full", "w") as full:
        done = subprocess.run([BUILD / "scimlet", "--dsn", database.conninfo(), "token", "create", org], stdout=full,
                              stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert "could not be written" in done.stderr


# ---- outputs

def on_terminal(*command):
    """What the program prints on a terminal."""
    parent, child = pty.openpty()
    try:
        subprocess.run([BUILD / "scimlet", *command], stdout=child, stderr=subprocess.DEVNULL, check=True)
    finally:
        os.close(child)
    printed = b""
    try:
        while chunk := os.read(parent, 65536):
            printed += chunk
    except OSError:
        pass    # Linux says so when the other end is closed
    os.close(parent)
    return printed.decode().replace("\r\n", "\n")


def test_a_terminal_gets_aligned_columns(database, org):
    database.token(org, name="Zoë 東京")
    database.token(org, name="x")
    head, *lines = on_terminal("--dsn", database.conninfo(), "token", "list", org).splitlines()
    assert len(lines) == 2
    at = head.index("last_four")
    for line in lines:
        # The two characters of the city are two columns wide each.
        shift = 2 if "東京" in line else 0
        assert line[at - shift - 2:at - shift] == "  " and line[at - shift:at - shift + 4].strip() != "", line
        assert line == line.rstrip()


def test_others_cannot_steer_the_terminal(database, org):
    database.token(org, name="x")
    agent = "evil\x1b[2J\u009b2J\tcolumn\nrow,\"quoted\" \u202e\u2066\u200b\u200f\u2028end"
    database.sql(f"UPDATE scim.tokens SET last_used = now(), last_used_agent = $a${agent}$a$ WHERE org = '{org}'")
    piped = database.scimlet("token", "list", org).stdout
    assert r'evil\u{1B}[2J\u{9B}2J column row,"quoted" \u{202E}\u{2066}\u{200B}\u{200F}\u{2028}end' in piped
    assert r"\u{202E}\u{2066}\u{200B}\u{200F}\u{2028}end" in on_terminal("--dsn", database.conninfo(), "token", "list", org)
    assert [len(line.split("\t")) for line in piped.splitlines()] == [12, 12]
    assert listed(database, org)[0]["last_used_agent"] == agent
    as_csv = subprocess.run([BUILD / "scimlet", "--dsn", database.conninfo(), "-o", "csv", "token", "list", org],
                            capture_output=True, check=True).stdout.decode()
    assert as_csv.count("\r\n") == 2 and as_csv.endswith("\r\n")
    row, = csv.DictReader(io.StringIO(as_csv, newline=""))
    assert row["last_used_agent"] == agent


def test_json_keeps_types(database, org):
    database.token(org, scopes="read,users")
    shown = json.loads(database.scimlet("-o", "json", "org", "show", org).stdout)
    assert shown["org"] == org and shown["provisioning"] is True and shown["tokens"] == 1 and shown["people"] == 0
    assert shown["provisioning_off_reason"] is None
    token, = listed(database, org)
    assert token["scopes"] == ["read", "users"] and token["revoked"] is None and token["created"].endswith("Z")


def test_an_empty_list(database, org):
    assert listed(database, org) == []
    done = database.scimlet("token", "list", org)
    assert len(done.stdout.splitlines()) == 1 and "token create" in done.stderr


# ---- organizations

def test_the_address_is_shown_as_the_responder_says_it(database, org):
    def address(**settings):
        done = subprocess.run([BUILD / "scimlet", "--dsn", database.conninfo(), "-o", "json", "org", "show", org], text=True,
                              env={**os.environ, **settings}, capture_output=True, check=True)
        return json.loads(done.stdout)["address"]

    assert address(SCIMLET_PUBLIC_URL="https://id.example.com/") == f"https://id.example.com/scim/v2/{org}"
    assert address(SCIMLET_PUBLIC_URL="https://x.example/~me/scim") == f"https://x.example/~me/scim/{org}"
    assert address(SCIMLET_PUBLIC_URL="https://x.example", SCIMLET_BASE="/p/v2") == f"https://x.example/p/v2/{org}"
    assert address(SCIMLET_PUBLIC_URL="") is None


def test_settings_change_together_or_not_at_all(database, org):
    before = database.scimlet("org", "show", org).stdout
    for wrong in (["name=New", "provisioning=perhaps"], ["name=New", "nothing=1"], ["name=New", "provisioning"],
                  ["name=a\nb"], ["provisioning="]):
        done = database.scimlet("org", "set", org, *wrong, check=False)
        assert (done.returncode, done.stdout) == (USAGE, ""), wrong
        assert done.stderr
    assert database.scimlet("org", "show", org).stdout == before
    assert "refuse or create" in database.scimlet("org", "set", org, "replace_without_target=x", check=False).stderr


def test_switching_on_forgets_why_it_was_off(database, org):
    def state():
        shown = json.loads(database.scimlet("-o", "json", "org", "show", org).stdout)
        return shown["provisioning"], shown["provisioning_off_reason"], shown["name"]

    database.scimlet("org", "set", org, "provisioning=off", "provisioning_off_reason=Plan = free, isn't it?", "name=N")
    assert state() == (False, "Plan = free, isn't it?", "N")
    database.scimlet("org", "set", org, "name=M")
    assert state() == (False, "Plan = free, isn't it?", "M")
    database.scimlet("org", "set", org, "provisioning_off_reason=")
    assert state() == (False, None, "M")
    database.scimlet("org", "set", org, "provisioning_off_reason=again")
    database.scimlet("org", "set", org, "provisioning=on")
    assert state() == (True, None, "M")


# ---- tokens

def test_expiry_as_a_date_and_its_limits(database, org):
    database.scimlet("token", "create", org, "--expires", "2027-01-31")
    database.scimlet("token", "create", org, "--expires", "2027-01-31T12:00:00+02:00")
    assert {token["expires"] for token in listed(database, org)} == {"2027-01-31T00:00:00Z", "2027-01-31T10:00:00Z"}
    database.scimlet("token", "create", org, "--expires", "5y")
    for wrong in ("2020-01-01", "0d", "6y", "9999y", "2099-01-01", "2027-02-30", "1mo", "y", "infinity"):
        done = database.scimlet("token", "create", org, "--expires", wrong, check=False)
        assert (done.returncode, done.stdout) == (USAGE, ""), wrong
    assert len(listed(database, org)) == 3


def test_scopes_are_of_the_four(database, org):
    database.scimlet("token", "create", org, "--scopes", "login")
    for wrong in ("", "admin", "users,", ",users", "users groups", "Users", "users,,read"):
        done = database.scimlet("token", "create", org, "--scopes", wrong, check=False)
        assert (done.returncode, done.stdout) == (USAGE, ""), wrong
    assert [token["scopes"] for token in listed(database, org)] == [["login"]]


def test_a_token_is_named_by_the_start_of_its_id(database, org):
    for name in ("one", "two"):
        database.token(org, name=name)
    # Two ids with a start in common cannot be waited for.
    database.sql("SET session_replication_role = replica;"
                 f"UPDATE scim.tokens SET id = ('abcdef' || substr(id::text, 7))::uuid WHERE org = '{org}' AND label = 'one';"
                 f"UPDATE scim.tokens SET id = ('abcdee' || substr(id::text, 7))::uuid WHERE org = '{org}' AND label = 'two'")
    done = database.scimlet("token", "revoke", org, "abcde", check=False)
    assert done.returncode == USAGE and "2 tokens" in done.stderr
    assert database.scimlet("token", "revoke", org, "abc", check=False).returncode == NOT_FOUND
    assert database.scimlet("token", "revoke", org, "%%%%", check=False).returncode == NOT_FOUND
    database.scimlet("token", "revoke", org, "ABCDEF")
    assert {token["label"]: token["state"] for token in listed(database, org)} == {"one": "revoked", "two": "live"}


def test_the_life_of_a_token(database, org):
    first = database.token(org, name="idp", scopes="users,read")
    identity = listed(database, org)[0]["id"]
    second = database.scimlet("token", "replace", org, identity[:8], "--grace", "2h").stdout.strip()
    assert second != first
    states = {token["last_four"]: token for token in listed(database, org)}
    assert states[first[-4:]]["state"] == "grace"
    assert states[second[-4:]]["state"] == "live"
    assert (states[second[-4:]]["label"], states[second[-4:]]["scopes"]) == ("idp", ["users", "read"])
    assert database.sql(f"SELECT revoked - now() BETWEEN interval '119 minutes' AND interval '2 hours' FROM scim.tokens "
                        f"WHERE id = '{identity}'") == "t"

    again = database.scimlet("token", "replace", org, identity, check=False)
    assert (again.returncode, again.stdout) == (REFUSED, "")
    assert len(listed(database, org)) == 2

    database.scimlet("token", "revoke", org, identity)
    when = database.sql(f"SELECT revoked FROM scim.tokens WHERE id = '{identity}'")
    assert database.sql(f"SELECT revoked <= now() FROM scim.tokens WHERE id = '{identity}'") == "t"
    database.scimlet("token", "revoke", org, identity)
    assert database.sql(f"SELECT revoked FROM scim.tokens WHERE id = '{identity}'") == when

    database.sql(f"UPDATE scim.tokens SET expires = now() + interval '3 days' WHERE org = '{org}' AND revoked IS NULL")
    assert "expiring" in {token["state"] for token in listed(database, org)}
    database.sql(f"UPDATE scim.tokens SET expires = now() WHERE org = '{org}' AND revoked IS NULL")
    assert "expired" in {token["state"] for token in listed(database, org)}


def test_one_set_of_words_for_the_states_of_a_token(database, org):
    for label, change in {"live": "", "expiring": "expires = now() + interval '3 days'", "grace": "revoked = now() + interval '1 hour'",
                          "expired": "expires = now() - interval '1 hour'", "revoked": "revoked = now() - interval '1 hour'",
                          "revoked after it expired": "expires = now() - interval '2 hours', revoked = now() - interval '1 hour'"}.items():
        database.token(org, name=label)
        if change:
            database.sql(f"UPDATE scim.tokens SET {change} WHERE org = '{org}' AND label = '{label}'")
    told = {token["label"]: token["state"] for token in listed(database, org)}
    assert {label: label.split()[0] for label in told} == told and len(told) == 6
    for role in ("scim_reader", "scim_auditor"):
        seen = database.sql(f"SET ROLE {role}; SELECT label, state FROM scim.token_overview WHERE org = '{org}'").splitlines()
        assert dict(line.split("|") for line in seen) == told
    working = database.sql(f"SELECT label FROM scim.token_overview WHERE org = '{org}' AND works ORDER BY 1").split()
    assert working == ["expiring", "grace", "live"]
    status = next(row for row in json.loads(database.scimlet("-o", "json", "status").stdout) if row["org"] == org)
    assert status["tokens_live"] == len(working)
    described = subprocess.run([BUILD / "scimlet", "token", "list", "--help"], capture_output=True, text=True, check=True).stdout
    assert all(state in described for state in told.values())


@pytest.mark.parametrize("wrong", [["--grace", "soon"], ["--grace", ""], ["--grace", "-1h"], ["--expires", "0d"]])
def test_a_replacement_that_is_refused_changes_nothing(database, org, wrong):
    database.token(org)
    identity = listed(database, org)[0]["id"]
    done = database.scimlet("token", "replace", org, identity, *wrong, check=False)
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert [token["state"] for token in listed(database, org)] == ["live"]


@pytest.mark.parametrize("replaces", [False, True])
def test_a_new_token_for_programs(database, org, replaces):
    def made(form):
        if not replaces:
            return subprocess.run([*program, "-o", form, "token", "create", org, "--name", "new, one"], check=True, **options).stdout.decode()
        database.token(org, name="new, one")
        identity = next(token["id"] for token in listed(database, org) if token["state"] == "live" and token["revoked"] is None)
        return subprocess.run([*program, "-o", form, "token", "replace", org, identity], check=True, **options).stdout.decode()

    program, options = [BUILD / "scimlet", "--dsn", database.conninfo()], {
        "capture_output": True, "env": {**os.environ, "SCIMLET_PUBLIC_URL": "https://id.example.com"}}
    as_json, (as_csv,) = json.loads(made("json")), csv.DictReader(io.StringIO(made("csv"), newline=""))
    for row in (as_json, as_csv):
        assert list(row) == ["token", "id", "label", "expires", "address"]
        known = next(token for token in listed(database, org) if token["id"] == row["id"])
        assert row["token"].startswith(f"sclt_{org}_") and row["token"].endswith(known["last_four"])
        assert (row["label"], row["expires"], row["address"]) == ("new, one", known["expires"], f"https://id.example.com/scim/v2/{org}")
    assert made("table").count("\n") == 1


def test_replacing_without_grace(database, org):
    database.token(org)
    identity = listed(database, org)[0]["id"]
    database.scimlet("token", "replace", org, identity, "--grace", "0h")
    assert sorted(token["state"] for token in listed(database, org)) == ["live", "revoked"]


def test_no_secret_travels_to_the_database(database, org):
    database.sql("ALTER SYSTEM SET log_statement = 'all'; ", "postgres")
    database.sql("SELECT pg_reload_conf()", "postgres")
    try:
        secret = database.token(org, name="logged-once")
    finally:
        database.sql("ALTER SYSTEM RESET log_statement", "postgres")
        database.sql("SELECT pg_reload_conf()", "postgres")
    log = database.log.read_text()
    assert "logged-once" in log
    assert secret.rsplit("_", 1)[1] not in log


# ---- databases that are not as they should be

def test_a_login_without_rights_is_told_so(database, org):
    for command in (["org", "create", "mine"], ["token", "create", org], ["org", "set", org, "name=x"], ["init"]):
        done = scimlet(*command, conninfo=database.conninfo("scim_service"), check=False)
        assert (done.returncode, done.stdout) == (REFUSED, ""), command
        assert "permission denied" in done.stderr, command


def test_init_says_which_encoding_it_needs(database):
    database.sql("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'", "postgres")
    latin = database.conninfo().replace(f"dbname={DATABASE}", "dbname=latin")
    done = scimlet("init", conninfo=latin, check=False)
    assert done.returncode == REFUSED
    assert "UTF8" in done.stderr
    found, status = findings(database, conninfo=latin)
    assert found["encoding"]["state"] == found["schema"]["state"] == "FAIL" and status == REFUSED


def test_several_may_init_at_once(database):
    """A web farm that is rolled out: each of its machines runs init."""
    database.sql("CREATE DATABASE crowded", "postgres")
    crowded = database.conninfo().replace(f"dbname={DATABASE}", "dbname=crowded")
    running = [subprocess.Popen([BUILD / "scimlet", "--dsn", crowded, "init"], stderr=subprocess.PIPE) for _ in range(4)]
    told = [each.communicate()[1].decode() for each in running]
    assert [each.returncode for each in running] == [DONE] * 4, told
    assert sum("was created" in each for each in told) == 1


def test_migrate_needs_a_schema(database):
    database.sql("CREATE DATABASE unmade", "postgres")
    done = scimlet("migrate", conninfo=database.conninfo().replace(f"dbname={DATABASE}", "dbname=unmade"), check=False)
    assert done.returncode == 6 and "scimlet init" in done.stderr


def test_an_older_schema_wants_migrating(database):
    newest = database.sql("SET scim.maintenance = 'on'; DELETE FROM scim.schema_version WHERE version = (SELECT max(version) FROM scim.schema_version) "
                          "RETURNING version, quote_literal(name)")
    try:
        done = database.scimlet("org", "list", check=False)
        assert done.returncode == 6 and "scimlet migrate" in done.stderr
        found, status = findings(database)
        assert "scimlet migrate" in found["schema"]["advice"] and status == REFUSED
    finally:
        database.sql(f"INSERT INTO scim.schema_version (version, name) VALUES ({newest.replace('|', ',')})")


# ---- the doctor

def test_doctor_says_what_is_in_order(database):
    found, status = findings(database)
    assert status in (DONE, WARNINGS)
    for check in ("database", "encoding", "schema", "roles", "login", "row security"):
        assert found[check]["state"] == "ok", found[check]
    assert found["durability"]["state"] == "warn"       # the tests' clusters do without fsync
    lines = database.scimlet("doctor", check=False).stdout.splitlines()
    assert all(line.split()[0] in ("ok", "warn", "FAIL") for line in lines if not line.startswith(" "))


@contextmanager
def changed(database, there, back):
    database.sql(there)
    try:
        yield
    finally:
        database.sql(back)


@pytest.mark.parametrize("check, there, back", [
    ("row security", "ALTER TABLE scim.tokens NO FORCE ROW LEVEL SECURITY", "ALTER TABLE scim.tokens FORCE ROW LEVEL SECURITY"),
    ("row security", "ALTER TABLE scim.users DISABLE ROW LEVEL SECURITY", "ALTER TABLE scim.users ENABLE ROW LEVEL SECURITY"),
    ("roles", "ALTER ROLE scim_service BYPASSRLS", "ALTER ROLE scim_service NOBYPASSRLS"),
    ("roles", "GRANT scim_owner TO scim_service", "REVOKE scim_owner FROM scim_service"),
    ("roles", "ALTER ROLE scim_reader RENAME TO no_reader", "ALTER ROLE no_reader RENAME TO scim_reader"),
    ("schema", "INSERT INTO scim.schema_version (version, name) VALUES (1000, 'x')",
     "SET scim.maintenance = 'on'; DELETE FROM scim.schema_version WHERE version = 1000"),
])
def test_doctor_finds_what_is_broken(database, check, there, back):
    with changed(database, there, back):
        found, status = findings(database)
    assert (found[check]["state"], status) == ("FAIL", REFUSED)
    assert found[check]["advice"]
    assert findings(database)[0][check]["state"] == "ok"


def test_the_auditor_comes_with_an_upgrade(database):
    with changed(database, "ALTER ROLE scim_auditor RENAME TO no_auditor",
                 "DROP OWNED BY scim_auditor; DROP ROLE scim_auditor; ALTER ROLE no_auditor RENAME TO scim_auditor"):
        found, status = findings(database)
        assert (found["roles"]["state"], status) == ("warn", WARNINGS)
        assert "scim_auditor" in found["roles"]["sentence"] and "scimlet migrate" in found["roles"]["advice"]
        # As an owner who may create no role: everything else is upgraded.
        database.sql("CREATE ROLE humble LOGIN IN ROLE scim_owner")
        scimlet("migrate", conninfo=database.conninfo("humble"))
        database.sql("DROP ROLE humble")
        assert findings(database)[0]["roles"]["state"] == "warn"
        database.scimlet("migrate")
        assert findings(database)[0]["roles"]["state"] == "ok"
        assert database.sql("SET ROLE scim_auditor; SELECT count(*) > 0 FROM scim.reasons") == "t"


def test_doctor_knows_tokens_that_need_attention(database, org):
    for label, change in (("old", "expires = now() - interval '1 day'"), ("soon", "expires = now() + interval '9 days'"),
                          ("unused", "created = now() - interval '8 days'"), ("fine", "label = label")):
        database.token(org, name=label)
        database.sql(f"UPDATE scim.tokens SET {change} WHERE org = '{org}' AND label = '{label}'")
    lines = [line for line in database.scimlet("doctor", check=False).stdout.splitlines() if f"{org}: " in line]
    assert len(lines) == 3 and all(line.startswith("warn  token") for line in lines)
    for label, matter in (("old", "has expired"), ("soon", "expires soon"), ("unused", "was never used")):
        assert any(f'"{label}"' in line and matter in line for line in lines), (label, lines)


def test_doctor_warns_of_a_responder_above_the_fence(database):
    def login(user):
        done = subprocess.run([BUILD / "scimlet", "-o", "json", "doctor"], capture_output=True, text=True, check=False,
                              env={**os.environ, "SCIMLET_DATABASE": database.conninfo(user)})
        return next(each for each in json.loads(done.stdout) if each["check"] == "login")["state"]

    assert (login("scimlet"), login("scim_service")) == ("warn", "ok")


@contextmanager
def imitation(answer, certificate=None):
    """A web server that answers GET with what answer(path, token) gives: status, media type, body."""
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            authorization = self.headers.get("Authorization", "")
            status, media_type, body = answer(self.path, authorization.removeprefix("Bearer ") or None)
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for part in (body[:7], body[7:]):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *arguments):
            pass

        protocol_version = "HTTP/1.1"

    server = HTTPServer(("127.0.0.1", 0), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


SCIM = "application/scim+json"
REFUSAL = (401, SCIM, b'{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "401", "detail": "x"}')


def config(location):
    return json.dumps({"meta": {"location": location}}).encode()


def test_doctor_sees_a_dropped_authorization_header(database, org):
    with imitation(lambda path, token: REFUSAL) as url:
        found, status = findings(database, "--url", f"{url}/scim/v2/{org}")
    assert found["address"]["state"] == "ok"
    assert (found["authorization"]["state"], status) == ("FAIL", REFUSED)
    assert "CGIPassAuth On" in found["authorization"]["advice"]
    token, = listed(database, org)
    assert (token["label"], token["state"], token["scopes"]) == ("doctor", "revoked", ["read"])


@pytest.mark.parametrize("check, state, answered", [
    ("authorization", "ok", lambda url, path: (200, SCIM, config(url + path))),
    ("public address", "ok", lambda url, path: (200, SCIM, config(url + path))),
    ("public address", "warn", lambda url, path: (200, SCIM, config("https://elsewhere.example" + path))),
    ("public address", "warn", lambda url, path: (200, SCIM, b"{}")),
    ("public address", "FAIL", lambda url, path: (200, SCIM, b"<html>")),
    ("media type", "ok", lambda url, path: (200, SCIM, config(url + path))),
    ("media type", "warn", lambda url, path: (200, "application/json", config(url + path))),
    ("authorization", "warn", lambda url, path: (403, SCIM, b"{}")),
    ("authorization", "FAIL", lambda url, path: (500, "text/html", b"<html>")),
])
def test_doctor_judges_what_a_good_token_gets(database, org, check, state, answered):
    with imitation(lambda path, token: answered(url, path) if token else REFUSAL) as url:
        found, _ = findings(database, "--url", f"{url}/scim/v2/{org}/")
    assert found[check]["state"] == state, found


@pytest.mark.parametrize("answer", [(200, "text/html", b"<html>It works!</html>"), (401, "text/html", b"<html>"),
                                    (404, SCIM, b"{}"), (503, SCIM, b'{"status": "503"}')])
def test_doctor_knows_what_is_no_scimlet(database, org, answer):
    with imitation(lambda path, token: answer) as url:
        found, status = findings(database, "--url", f"{url}/scim/v2/{org}")
    assert (found["address"]["state"], status) == ("FAIL", REFUSED)
    assert "authorization" not in found and listed(database, org) == []


def test_doctor_survives_what_is_no_http(database, org):
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=lambda: server.accept()[0].sendall(b"SSH-2.0-x\r\n"))
        thread.start()
        found, _ = findings(database, "--url", f"http://127.0.0.1:{server.getsockname()[1]}/scim/v2/{org}")
        thread.join()
    assert found["address"]["state"] == "FAIL"


def test_doctor_needs_an_organization(database):
    with imitation(lambda path, token: REFUSAL) as url:
        for address in (f"{url}/scim/v2", f"{url}/Scim"):
            assert findings(database, "--url", address)[0]["authorization"]["state"] == "warn"


@pytest.mark.parametrize("wrong", ["", "acme", "ftp://x/scim/v2/acme", "https://", "//x/scim/v2"])
def test_doctor_wants_an_address(database, wrong):
    done = database.scimlet("doctor", f"--url={wrong}", check=False)
    assert (done.returncode, done.stdout) == (USAGE, "") and f'--url cannot be "{wrong}"' in done.stderr


def test_doctor_tells_where_it_is_sent(database, org):
    with imitation(lambda path, token: (301, "text/html\r\nLocation: https://id.example.com" + path, b"moved")) as url:
        found, status = findings(database, "--url", f"{url}/scim/v2/{org}")
    assert (found["address"]["state"], status) == ("FAIL", REFUSED)
    assert "sends everybody to https://id.example.com/scim/v2/" in found["address"]["sentence"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Of 127.0.0.1, and of its own authority."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
                    "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key", "-out", folder / "crt"], check=True, capture_output=True)
    return folder / "crt", folder / "key"


def test_doctor_over_https(database, org, certificate, monkeypatch):
    with imitation(lambda path, token: (200, SCIM, config(url + path)) if token else REFUSAL, certificate) as url:
        assert url.startswith("https://")
        found, status = findings(database, "--url", f"{url}/scim/v2/{org}")
        assert (found["address"]["state"], status) == ("FAIL", REFUSED) and "certificate" in found["address"]["sentence"]
        assert "between it and a public authority" in found["address"]["advice"]
        assert "authorization" not in found and listed(database, org) == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        found, _ = findings(database, "--url", f"{url}/scim/v2/{org}")
    for check in ("address", "authorization", "media type", "public address"):
        assert found[check]["state"] == "ok", found[check]


def test_doctor_is_content_with_every_front(front, database, organization):
    client = organization()
    found, status = findings(database, "--url", client.url)
    for check in ("address", "authorization", "media type", "public address"):
        assert found[check]["state"] == "ok", found[check]
    assert status in (DONE, WARNINGS)
    assert Client(client.url, client.token).get("/ServiceProviderConfig").status == 200
