"""What holds for every command of the table, however it is called: the conventions of the command line.

A command that is new is tested by itself: its name and usage come from the program.
"""
import csv
import io
import json
import os
import re
import shlex
import subprocess
import uuid

import pytest

from harness.postgres import scimlet
from harness.settings import BUILD

DONE, SOME_FAILED, USAGE, NOT_FOUND, REFUSED, UNREACHABLE, WRONG_SCHEMA, PENDING = 0, 1, 2, 3, 4, 5, 6, 10

# What a usage calls an argument or the value of an option, and one that is well-formed.
VALUES = {"ORG": "{org}", "ORG|all": "{org}", "PERSON": "jane", "TOKEN-ID": "00000000", "SETTING=VALUE...": "name=N",
          "GROUP": "Team", "PATTERN": "Eng*", "PATTERN...|--all": "Eng*", "ID": "1", "ACCOUNT": "a1", "FILTER": "title pr",
          "ATTRIBUTE": "nickName", "bash|zsh|fish": "bash", "FILE": os.devnull, "WHEN": "1h", "URL": "http://127.0.0.1:1/"}
WITHOUT_DATABASE = {"completion"}
# These come to grief or to an end by themselves.
ANY_SCHEMA = {"init", "migrate", "doctor"}
# What they print is no table: a token, a script, or whole resources in a form that --format tells.
OWN_FORM = {"token create", "token replace", "completion", "export"}    # the tokens in JSON and CSV as all others
ENDLESS = {"watch"}


def names():
    done = subprocess.run([BUILD / "scimlet", "completion", "bash"], capture_output=True, text=True, check=True)
    return done.stdout.split("__scimlet_all='")[1].split("'")[0].splitlines()


COMMANDS = names()
every_command = pytest.mark.parametrize("command", COMMANDS)


def help_of(command, option="--help"):
    return subprocess.run([BUILD / "scimlet", *command.split(), option], capture_output=True, text=True, check=False)


def usage_of(command):
    return re.search(rf"^Usage: scimlet {command} ?(.*)$", help_of(command).stdout, re.M)[1]


def arguments(command, org):
    """As few as the usage allows; of those in brackets none, but ORG."""
    usage = re.sub(r"\[(?!ORG\])[^]]*\]", "", usage_of(command)).replace("[ORG]", "ORG")
    words = []
    for word in usage.split():
        words.append(word if word.startswith("--") else VALUES.get(word, "x").format(org=org))
    if command == "group map":
        words += ["--team", "t"]
    return words


def takes_org(command):
    return re.match(r"\[?ORG", usage_of(command)) is not None


def run(database, command, org, *more, output=None, **options):
    words = [*(["-o", output] if output else []), *command.split(), *arguments(command, org), *more]
    return scimlet(*words, conninfo=database.conninfo(), check=False, **options)


@pytest.fixture
def org(database):
    """An organization with something of everything."""
    key = f"conv-{uuid.uuid4().hex[:12]}"
    database.organization(key, name="idp")
    database.sql(f"""INSERT INTO scim.users (org, user_name, account) VALUES ('{key}', 'jane', 'a1');
        INSERT INTO scim.groups (org, display_name) VALUES ('{key}', 'Team');
        INSERT INTO scim.group_mappings (org, id, pattern, team) VALUES ('{key}', 1, '*', 'all')""")
    return key


def test_there_are_commands():
    assert len(COMMANDS) >= 40 and len(COMMANDS) == len(set(COMMANDS))


@every_command
def test_help_leads_with_examples(command):
    done = help_of(command)
    assert (done.returncode, done.stderr) == (DONE, "")
    assert help_of(command, "-h").stdout == done.stdout
    head, before, rest = done.stdout.partition("\n\n")
    assert head.startswith(f"scimlet {command} - ") and before
    examples, usage = rest.split("Usage: ")[0].splitlines(), rest.split("Usage: ")[1]
    examples = [line for line in examples if line]
    assert examples and all(line.startswith("  ") and "scimlet" in line for line in examples)
    assert all(command in re.sub(r" -\S+ ('[^']*'|\w+)", "", line) or command in line for line in examples)
    for option in re.findall(r"--[a-z-]+", usage.splitlines()[0]):
        assert option == "--all" or option in usage.partition("\n")[2], f"{option} is explained"
    assert max(map(len, done.stdout.splitlines())) <= 100


@every_command
def test_examples_can_be_typed(command):
    for line in help_of(command).stdout.split("Usage: ")[0].splitlines()[2:]:
        if not line.strip() or "<(" in line:
            continue
        words = shlex.split(re.split(r" [|>] ", line)[0])
        words = [word for at, word in enumerate(words) if at > 0 and word != "--dsn" and words[at - 1] != "--dsn"]
        done = scimlet(*words, conninfo="host=/nowhere", check=False)
        assert done.returncode in (DONE, UNREACHABLE), (line, done.stderr)


@every_command
def test_wrong_use_is_told(command):
    for wrong in (["--frobnicate"], ["-Z"], ["--output", "xml"], ["--output"]):
        done = scimlet(*command.split(), *arguments(command, "acme"), *wrong, conninfo="host=/nowhere", check=False)
        assert (done.returncode, done.stdout) == (USAGE, ""), wrong
        assert done.stderr.strip() and "\n\n" not in done.stderr, wrong
    if "..." not in usage_of(command):
        done = scimlet(*command.split(), *arguments(command, "acme"), *["too-many"] * 4, conninfo="host=/nowhere", check=False)
        assert (done.returncode, done.stdout) == (USAGE, "")
        assert f"Usage: scimlet {command}" in done.stderr


@every_command
def test_no_database(command):
    for conninfo in ("host=/nowhere dbname=x", "nonsense", "password=sekret host"):
        done = scimlet(*command.split(), *arguments(command, "acme"), conninfo=conninfo, check=False)
        if command in WITHOUT_DATABASE:
            assert done.returncode == DONE
            continue
        assert done.returncode == UNREACHABLE, conninfo
        assert "sekret" not in done.stderr
        if command != "doctor":
            assert done.stdout == "" and done.stderr.startswith("scimlet: ")


@every_command
def test_an_unknown_organization(database, command):
    if not takes_org(command) or command == "org create":
        return
    for unknown in ("nobody-here", "NO KEY", "a'b"):
        done = run(database, command, unknown)
        assert (done.returncode, done.stdout) == (NOT_FOUND, ""), unknown
        assert "no organization" in done.stderr or command.startswith(("index", "group", "user")), done.stderr


@pytest.fixture(scope="module")
def other_schemas(database):
    """The conninfo of a schema that is older and one that is newer than the program."""
    found = {}
    for name, change in (("older", "SET scim.maintenance = 'on'; DELETE FROM scim.schema_version WHERE version = (SELECT max(version) FROM scim.schema_version)"),
                         ("newer", "INSERT INTO scim.schema_version (version, name) VALUES (1000, 'x')")):
        database.sql(f"CREATE DATABASE {name}", "postgres")
        found[name] = database.conninfo().replace("dbname=scimlet", f"dbname={name}")
        scimlet("init", conninfo=found[name])
        database.sql(change, name)
    return found


@every_command
def test_a_schema_of_another_version(other_schemas, command):
    for name, conninfo in other_schemas.items():
        if command in WITHOUT_DATABASE or command == "doctor" or (command in ANY_SCHEMA and name == "older"):
            continue
        done = scimlet(*command.split(), *arguments(command, "acme"), conninfo=conninfo, check=False)
        assert (done.returncode, done.stdout) == (WRONG_SCHEMA, ""), name
        assert "version" in done.stderr


@every_command
def test_data_goes_to_stdout_and_talk_to_stderr(database, org, command):
    if command in ENDLESS | ANY_SCHEMA:
        return
    dry = ["--dry-run"] if "--dry-run" in usage_of(command) else []
    done = run(database, command, org, *dry)
    # The sentences of a story name the zone themselves.
    assert not re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d(?! UTC)", done.stdout), "times are ISO 8601 in UTC"
    for line in done.stderr.splitlines():
        assert line == line.rstrip() and "\x1b" not in line
    quiet = run(database, command, org, "--quiet", *dry)
    if quiet.returncode in (DONE, PENDING):
        assert quiet.stderr == ""
    if command in OWN_FORM or quiet.returncode not in (DONE, PENDING):
        return
    as_json = run(database, command, org, *dry, output="json").stdout
    as_csv = subprocess.run([BUILD / "scimlet", "--dsn", database.conninfo(), "-o", "csv", *command.split(),
                             *arguments(command, org), *dry], capture_output=True, check=False).stdout.decode()
    if as_json == "":
        assert as_csv == quiet.stdout == ""
        return
    parsed = json.loads(as_json)
    rows = list(csv.reader(io.StringIO(as_csv, newline="")))
    assert as_csv.endswith("\r\n") and len({len(row) for row in rows}) == 1
    if isinstance(parsed, list):
        assert len(rows) == len(parsed) + 1
        assert all(list(row) == rows[0] for row in parsed)
    if command not in ("why", "explain"):      # stories and plans, for people
        tabs = quiet.stdout.splitlines()
        assert tabs[0].split("\t") == rows[0] and len({line.count("\t") for line in tabs}) == 1


@every_command
def test_what_cannot_be_printed_is_no_success(database, org, command):
    if command in ENDLESS | {"init", "migrate"}:
        return
    words = [BUILD / "scimlet", "--dsn", database.conninfo(), *command.split(), *arguments(command, org)]
    with open("/dev/full", "w") as full:
        filled = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    printed = run(database, command, org).stdout != "" or "could not be written" in filled.stderr
    closed = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", *words], stderr=subprocess.PIPE, text=True, check=False)
    for done in (filled, closed):
        assert not printed or done.returncode not in (DONE, PENDING), done.stderr


def test_no_option_is_for_a_secret():
    """What stands on a command line is read by everybody on the machine."""
    options = set(re.findall(r"--[a-z-]+", "".join(help_of(command).stdout for command in COMMANDS)))
    assert "--name" in options
    assert not [option for option in options if re.search("secret|password|passphrase|bearer|key$", option)]


def test_verbose_tells_where_it_was(database, org):
    done = database.scimlet("-v", "org", "show", org)
    assert re.search(r'^database "scimlet" at /tmp/\S+, port 5432, as scimlet, PostgreSQL [0-9.]+: \d+ statements, [0-9.]+ ms', done.stderr, re.M)
    assert database.scimlet("org", "show", org).stdout == done.stdout == database.scimlet("--no-color", "org", "show", org).stdout


@every_command
def test_an_argument_that_is_empty(command):
    """A variable of a script that was never set: it says so, and asks no database."""
    words = arguments(command, "acme")
    for at, word in enumerate(words):
        if word.startswith("--") or (at > 0 and words[at - 1].startswith("--")):
            continue
        done = scimlet(*command.split(), *words[:at], "", *words[at + 1:], conninfo="host=/nowhere", check=False)
        assert (done.returncode, done.stdout) == (USAGE, "")
        assert done.stderr.startswith(f"scimlet: Argument {at + 1} is empty.\nUsage: scimlet {command}"), done.stderr


def test_arguments_that_are_missing_or_too_many():
    for words, sentence in ((["why", "acme"], "An argument is missing."), (["why"], "More than one argument is missing."),
                            (["why", "acme", "Jane", "Doe"], 'There is no place for "Doe". What has blanks in it stands in quotes.')):
        done = scimlet(*words, conninfo="host=/nowhere", check=False)
        assert (done.returncode, done.stderr) == (USAGE, f"scimlet: {sentence}\nUsage: scimlet why ORG PERSON\n")


def test_a_setting_that_may_have_been_meant(database, org):
    done = database.scimlet("org", "set", org, "keep_logs=3", check=False)
    assert (done.returncode, done.stderr) == (USAGE, 'scimlet: There is no setting "keep_logs". Did you mean keep_log=a number of days from 1 to 3650?\n')
    done = database.scimlet("org", "set", org, "x=3", check=False)
    assert done.returncode == USAGE and "  seat_limit=" in done.stderr and done.stderr.count("scimlet: ") == 1


def test_undo_of_a_token_that_is_not_there(database, org):
    for token in ("", "0", "00000000"):
        done = database.scimlet("undo", org, "--since", "1h", "--token", token, check=False)
        assert (done.returncode, done.stdout) == (NOT_FOUND, "") and f"scimlet token list {org}" in done.stderr


def test_evidence_is_json_in_json(database, org):
    rows = json.loads(database.scimlet("-o", "json", "why", org, "jane", check=False).stdout)
    assert rows[0]["evidence"]["here"] is True and rows[0]["evidence"]["userName"] == "jane"
