"""Completion: what the functions of bash, zsh and fish find, without a person at the keyboard."""
import json
import os
import shutil
import shlex
import subprocess
import time
import uuid

import pytest

from harness.settings import BUILD


def script(shell):
    return subprocess.run([BUILD / "scimlet", "completion", shell], capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("completion")
    for shell in ("bash", "zsh", "fish"):
        (folder / shell).write_text(script(shell))
    return folder


@pytest.fixture(scope="module")
def org(database):
    key = f"tab-{uuid.uuid4().hex[:12]}"
    database.organization(key, name="a,b")
    return key


def environment(database):
    return {**database.environment(), "PATH": f"{BUILD}:{os.environ['PATH']}"}


def by_bash(scripts, database, line):
    """What bash puts in place of the last word; it parts words at "=" and ":" as readline does."""
    words = []
    for word in line.split(" "):
        words += [part for part in word.replace("=", "\n=\n").split("\n") if part] or [""]
    driver = (f"source {scripts}/bash; COMP_WORDS=({shlex.join(words)}); COMP_CWORD={len(words) - 1}; "
              f"COMP_LINE={shlex.quote(line)}; COMP_POINT={len(line)}; "
              "_scimlet scimlet; printf '%s\\n' \"${COMPREPLY[@]}\"")
    done = subprocess.run(["bash", "--norc", "-c", driver], capture_output=True, text=True, env=environment(database), check=True)
    assert done.stderr == "", line
    return done.stdout.split()


def by_zsh(scripts, database, line):
    """The same by zsh, with a compadd that prints what it is given and fits."""
    words = line.split(" ")
    driver = (f"compdef() {{ }}; source {scripts}/zsh; words=({shlex.join(words)}); CURRENT={len(words)}; _files() {{ print @FILE }}; "
              "compadd() { while [[ $1 != -- ]]; do shift; done; shift; for word; do "
              "[[ $word == ${words[CURRENT]}* ]] && print -r -- $word; done }; _scimlet; true")
    done = subprocess.run(["zsh", "-f", "-c", driver], capture_output=True, text=True, env=environment(database), check=True)
    assert done.stderr == "", line
    # bash gets only what stands behind the "=".
    return [word.split("=", 1)[1] if "=" in words[-1] else word for word in done.stdout.split()]


def by_fish(scripts, database, line):
    """What fish lists, which is sorted and without descriptions; files it knows itself."""
    driver = f"source {scripts}/fish; complete -C {shlex.quote(line)}"
    done = subprocess.run(["fish", "--no-config", "-c", driver], capture_output=True, text=True, env=environment(database), check=True)
    assert done.stderr == "", line
    return [word.split("=", 1)[1] if "=" in line.split(" ")[-1] else word for word in done.stdout.split()]


# Where fish is not to be had tests/run says so.
SHELLS = ["bash", "zsh", *(["fish"] if shutil.which("fish") else [])]
ALL = pytest.mark.parametrize("complete", [{"bash": by_bash, "zsh": by_zsh, "fish": by_fish}[shell] for shell in SHELLS])


def test_the_scripts_are_of_their_shells(scripts):
    for shell in SHELLS:
        subprocess.run([shell, "-n", scripts / shell], check=True)
    for shell, name in (("bash", "scimlet"), ("zsh", "_scimlet"), ("fish", "scimlet.fish")):
        assert (BUILD / "completion" / name).read_text() == script(shell)


@ALL
def test_commands_options_and_their_values(scripts, database, complete):
    for line, wanted in (
            ("scimlet w", ["watch", "why"]),
            ("scimlet org s", ["set", "show"]),
            ("scimlet -q --dsn x org ", ["create", "delete", "list", "set", "show"]),
            ("scimlet frob ", []),
            ("scimlet log acme --res", ["--result="]),
            ("scimlet log acme --result re", ["refused"]),
            ("scimlet log acme --result=", ["done", "refused", "ignored", "failed"]),
            ("scimlet watch --r", ["--rejected"]),
            ("scimlet org list --dr", []),
            ("scimlet -o ", ["table", "json", "csv"]),
            ("scimlet --output j", ["json"]),
            ("scimlet --no-", ["--no-color"]),
            ("scimlet completion ", ["bash", "zsh", "fish"]),
            ("scimlet org set acme email_change=", ["allow", "reassign"]),
            ("scimlet org set acme create_users=on pro", ["provisioning=", "provisioning_off_reason="]),
            ("scimlet org set acme provisioning=o", ["on", "off"]),
            ("scimlet org set acme keep_log=", []),
            ("scimlet token create acme --name ", []),
            ("scimlet token create acme --scopes ", ["users", "groups", "read", "login"]),
            ("scimlet token create acme --scopes users,", ["users,groups", "users,read", "users,login"]),
            ("scimlet token create acme --scopes read,users,l", ["read,users,login"]),
            ("scimlet token create acme --scopes=users,g", ["users,groups"]),
            ("scimlet token create acme --scopes users,groups,read,login,", []),
            ("scimlet log acme --result done,", [])):
        assert sorted(complete(scripts, database, line)) == sorted(wanted), line
    every = complete(scripts, database, "scimlet ")
    assert {"init", "doctor", "org", "token", "completion"} <= set(every) and len(every) == len(set(every))


@ALL
def test_organizations_and_tokens_of_this_database(scripts, database, org, complete):
    token = json.loads(database.scimlet("-o", "json", "token", "list", org).stdout)[0]["id"]
    for line in (f"scimlet org show {org[:-2]}", f"scimlet --dsn=host={database.directory} token list {org[:-2]}",
                 f"scimlet index add {org[:-2]}", f"scimlet watch {org[:-1]}"):
        assert complete(scripts, database, line) == [org], line
    assert complete(scripts, database, "scimlet index add al") == ["all"]
    for line in (f"scimlet token revoke {org} {token[:3]}", f"scimlet undo {org} --since 1h --token {token[:3]}"):
        assert complete(scripts, database, line) == [token], line
    assert complete(scripts, database, f"scimlet token list {org} ") == []
    assert complete(scripts, database, f"scimlet why {org} ") == []


@ALL
def test_a_database_that_does_not_answer_is_nothing(scripts, database, complete):
    started = time.monotonic()
    assert complete(scripts, database, "scimlet --dsn host=/nowhere org show ") == []
    assert time.monotonic() - started < 8


def test_every_command_is_in_the_help_and_in_the_completion(scripts, database):
    named = [line[2:17].strip() for line in database.scimlet("--help").stdout.split("\n\n")[3].splitlines()]
    commands = script("bash").split("__scimlet_all='")[1].split("'")[0].splitlines()
    assert commands == named and len(commands) > 20


def test_wrong_use(database):
    for wrong in ([], ["csh"], ["bash", "zsh"]):
        done = database.scimlet("completion", *wrong, check=False)
        assert (done.returncode, done.stdout) == (2, ""), wrong


def test_no_database_is_needed():
    done = subprocess.run([BUILD / "scimlet", "--dsn", "host=/nowhere", "completion", "zsh"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("#compdef scimlet\n") and done.stderr == ""
