"""Commands that destroy something ask at a terminal; a script is not held up by what can be repaired."""
import json
import os
import pty
import subprocess
import time
import uuid

import pytest

from harness.settings import BUILD

DONE, USAGE, REFUSED, PENDING = 0, 2, 4, 10


@pytest.fixture
def token(database):
    """An organization, and the id of its token."""
    org = f"ask-{uuid.uuid4().hex[:12]}"
    database.organization(org, name="idp")
    return org, json.loads(database.scimlet("-o", "json", "token", "list", org).stdout)[0]["id"]


def revoked(database, org):
    return json.loads(database.scimlet("-o", "json", "token", "list", org).stdout)[0]["revoked"] is not None


def at_terminal(database, *arguments, types):
    """Runs a command whose standard input and error are a terminal; its exit status and what it said there."""
    parent, child = pty.openpty()
    with subprocess.Popen([BUILD / "scimlet", "--dsn", database.conninfo(), *arguments], stdin=child, stderr=child,
                          stdout=subprocess.DEVNULL) as process:
        os.close(child)
        os.write(parent, types)
        said = b""
        try:
            while chunk := os.read(parent, 65536):
                said += chunk
        except OSError:
            pass    # Linux says so when the other end is closed
    os.close(parent)
    return process.returncode, said.decode()


def test_who_thinks_for_long(database, token):
    """Longer than an idle session may live: nobody has to begin again for that."""
    parent, child = pty.openpty()
    words = [BUILD / "scimlet", "--dsn", f"{database.conninfo()} options='-c idle_session_timeout=100'", "token", "revoke", *token]
    with subprocess.Popen(words, stdin=child, stderr=child, stdout=subprocess.DEVNULL) as process:
        os.close(child)
        asked = b""
        while b"Go on?" not in asked:
            asked += os.read(parent, 65536)
        time.sleep(.6)
        os.write(parent, b"y\n")
        assert process.wait(60) == DONE
    os.close(parent)
    assert revoked(database, token[0])


@pytest.mark.parametrize("types", [b"\n", b"n\n", b"nein\n", b"yess\n", b"\x04"])
def test_no_is_no(database, token, types):
    status, said = at_terminal(database, "token", "revoke", *token, types=types)
    assert (status, revoked(database, token[0])) == (REFUSED, False)
    assert 'The token "idp"' in said and "Go on? [y/N]" in said and "Nothing was changed." in said


@pytest.mark.parametrize("types", [b"y\n", b" yes \n"])
def test_yes_is_yes(database, token, types):
    status, _ = at_terminal(database, "token", "revoke", *token, types=types)
    assert (status, revoked(database, token[0])) == (DONE, True)


def test_the_option_answers_before_it_is_asked(database, token):
    status, said = at_terminal(database, "token", "revoke", *token, "--yes", types=b"")
    assert (status, revoked(database, token[0])) == (DONE, True)
    assert "Go on?" not in said


def test_a_script_is_not_asked(database, token):
    assert database.scimlet("token", "revoke", *token).returncode == DONE
    assert revoked(database, token[0])


def test_undo_and_dropping_an_index_ask_too(database, token):
    database.sql(f"INSERT INTO scim.users (org, user_name) VALUES ('{token[0]}', 'jane')")
    for command in (["undo", token[0], "--since", "1h"], ["index", "drop", token[0], "nickName"]):
        status, said = at_terminal(database, *command, types=b"n\n")
        assert (status, "Go on?" in said) == (REFUSED, True), command
    status, said = at_terminal(database, "undo", token[0], "--since", "1h", "--dry-run", types=b"")
    assert status == PENDING and "Go on?" not in said


def people(database, org):
    return database.sql(f"SELECT count(*) FROM scim.users WHERE org = '{org}'")


# What is typed to go on, and how it is said what goes: "{o}" is the organization.
LOSSES = {
    ("org", "delete", "{o}"): (b"{o}", "{o} (The name) will be deleted. People: 2, groups: 1, tokens that work: 1;"),
    ("erase", "{o}", "jane"): (b"jane", '"jane" of {o} will be erased. People of that name, now and before: 1 ('),
    ("undo", "{o}", "--since", "1h"): (b"y", "People and groups restored: 0, changed: 0, removed: 3; groups whose members change: 1."),
}


@pytest.fixture
def full(database, token):
    """The organization has two people, and a group of one of them."""
    org = token[0]
    database.scimlet("org", "set", org, "name=The name")
    database.sql(f"""INSERT INTO scim.users (org, user_name) VALUES ('{org}', 'jane'), ('{org}', 'joe');
        INSERT INTO scim.groups (org, display_name) VALUES ('{org}', 'Team');
        INSERT INTO scim.group_members (org, group_id, member_id) SELECT '{org}', groups.id, users.id
          FROM scim.groups, scim.users WHERE groups.org = '{org}' AND users.org = '{org}' AND user_name = 'jane'""")
    return org


@pytest.mark.parametrize("command", LOSSES, ids=" ".join)
def test_what_is_lost_is_told_with_its_number(database, full, command):
    """A script needs --yes; a person is told how many, and agrees."""
    words = [word.format(o=full) for word in command]
    types, loss = LOSSES[command]
    loss = loss.format(o=full)
    done = database.scimlet(*words, check=False)
    assert (done.returncode, people(database, full)) == (USAGE, "2")
    assert loss in done.stderr and "without a terminal to ask at, it needs --yes" in done.stderr
    for wrong in (b"\n", b"nein\n", b"JANE\n"):
        status, said = at_terminal(database, *words, types=wrong)
        assert (status, people(database, full)) == (REFUSED, "2") and loss in said and "Nothing was changed." in said
    assert ("Go on? [y/N]" if types == b"y" else f"Type {types.decode().format(o=full)} to go on:") in said
    status, _ = at_terminal(database, *words, types=types.replace(b"{o}", full.encode()) + b"\n")
    assert status == DONE and people(database, full) != "2"


@pytest.mark.parametrize("command", LOSSES, ids=" ".join)
def test_a_script_that_says_yes(database, full, command):
    database.scimlet(*(word.format(o=full) for word in command), "--yes")
    assert people(database, full) != "2"


def test_undo_asks_for_nothing_where_there_is_nothing(database, full):
    done = database.scimlet("undo", full, "--since", "0s", check=False)
    assert done.returncode == DONE and "nothing to undo" in done.stderr
