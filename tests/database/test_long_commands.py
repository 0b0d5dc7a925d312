"""What reads or writes everything may take longer than a request: no timeout of the connection cuts it off."""
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.postgres import Database

SECONDS = 8         # src/store/pg.c allows a statement 7
PENDING = 10
COMMANDS = {        # and the function that each calls
    "scim.prune(timestamptz, boolean)": (("prune",), {0}),
    # The slowed functions are no longer those that were installed, which it says.
    "scim.check(text, integer)": (("check",), {0, 1}),
    "scim.undo(text, timestamptz, text, boolean)": (("undo", "acme", "--since", "1h", "--dry-run"), {0, PENDING}),
    "scim.team_members_of(text, text)": (("group", "map", "acme", "*", "--team", "t", "--dry-run"), {0, PENDING}),
    "scim.erase(text, text)": (("erase", "acme", "jane", "--yes"), {0}),
}


@pytest.fixture
def slow():
    database = Database()
    database.start()
    database.organization("acme")
    database.sql("INSERT INTO scim.users (org, user_name) VALUES ('acme', 'jane')")
    for function in COMMANDS:
        body = database.sql(f"SELECT pg_get_functiondef('{function}'::regprocedure)")
        begin, wait = ("BEGIN", "PERFORM") if "LANGUAGE plpgsql" in body else ("AS $function$", "SELECT")
        assert begin in body
        database.sql(body.replace(begin, f"{begin}\n{wait} pg_catalog.pg_sleep({SECONDS});", 1))
    yield database
    database.stop()


def test_nothing_is_cut_off(slow):
    with ThreadPoolExecutor(len(COMMANDS)) as pool:
        answers = list(pool.map(lambda each: slow.scimlet(*each[0], check=False), COMMANDS.values()))
    for (command, fine), answer in zip(COMMANDS.values(), answers):
        assert answer.returncode in fine and "SQLSTATE" not in answer.stderr, (command, answer.stderr)
