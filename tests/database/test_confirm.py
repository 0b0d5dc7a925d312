"""Commands that destroy something ask at a terminal; a script is not held up by what can be repaired."""
import json
import os
import pty
import subprocess
import uuid

import pytest

from harness.settings import BUILD

DONE, REFUSED = 0, 4


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
    for command in (["undo", token[0], "--since", "1h"], ["index", "drop", token[0], "nickName"]):
        status, said = at_terminal(database, *command, types=b"n\n")
        assert (status, "Go on?" in said) == (REFUSED, True), command
    status, said = at_terminal(database, "undo", token[0], "--since", "1h", "--dry-run", types=b"")
    assert status == DONE and "Go on?" not in said
