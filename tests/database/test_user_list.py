"""`scimlet user list`: filters as over HTTP, pages without end in little memory; `user show --history`."""
import csv
import io
import json
import os
import subprocess
import uuid

import pytest

from harness.settings import BUILD, SANITIZER_LOGS

USAGE, NOT_FOUND = 2, 3
# More than two pages of 1,000, and not a whole number of them.
PEOPLE = 2345


@pytest.fixture(scope="module")
def org(database):
    key = f"list-{uuid.uuid4().hex[:12]}"
    database.scimlet("org", "create", key)
    database.sql(f"""INSERT INTO scim.users (org, resource)
        SELECT '{key}', jsonb_build_object('userName', 'P' || lpad(n::text, 5, '0'), 'title', CASE WHEN n % 7 = 0 THEN 'Engineer' END,
                   'nickName', 'nick' || n % 3, 'active', n % 5 <> 0,
                   'emails', jsonb_build_array(jsonb_build_object('value', 'p' || n || '@x.example', 'primary', true)))
          FROM generate_series(1, {PEOPLE}) AS n""")
    return key


def listed(database, *arguments):
    return json.loads(database.scimlet("-o", "json", "user", "list", *arguments).stdout)


def names(rows):
    return [row["user_name"] for row in rows]


def test_everybody_once_in_order_in_every_form(database, org):
    everybody = [f"P{n:05}" for n in range(1, PEOPLE + 1)]
    assert names(listed(database, org)) == everybody
    table = database.scimlet("user", "list", org).stdout.splitlines()
    assert table[0].split("\t")[0] == "user_name" and [line.split("\t")[0] for line in table[1:]] == everybody
    assert names(csv.DictReader(io.StringIO(database.scimlet("-o", "csv", "user", "list", org).stdout))) == everybody


@pytest.mark.parametrize("limit, count", [("1", 1), ("999", 999), ("1000", 1000), ("1001", 1001), ("99999", PEOPLE)])
def test_a_limit(database, org, limit, count):
    assert len(listed(database, org, "--limit", limit)) == count


def test_filters_are_those_of_scim(database, org):
    assert names(listed(database, org, "--filter", 'userName eq "p00007"')) == ["P00007"]
    assert names(listed(database, org, "--filter", 'emails.value eq "P8@X.example"')) == ["P00008"]
    assert len(listed(database, org, "--filter", 'title co "engin"')) == PEOPLE // 7
    assert len(listed(database, org, "--filter", 'title pr', "--limit", "5")) == 5
    assert len(listed(database, org, "--filter", 'userName sw "p"')) == PEOPLE
    assert names(listed(database, org, "--filter", 'userName gt "p02343"')) == ["P02344", "P02345"]
    suspended = listed(database, org, "--status", "suspended")
    assert len(suspended) == PEOPLE // 5 == len(listed(database, org, "--filter", "active eq false"))
    assert listed(database, org, "--status", "suspended", "--filter", "active eq true") == []
    database.scimlet("index", "add", org, "nickName")
    assert len(listed(database, org, "--filter", 'nickName eq "nick1"')) == len(range(1, PEOPLE + 1, 3))


def test_an_empty_list(database):
    org = f"none-{uuid.uuid4().hex[:12]}"
    database.scimlet("org", "create", org)
    assert database.scimlet("-o", "json", "user", "list", org).stdout == "[]\n"
    assert len(database.scimlet("user", "list", org).stdout.splitlines()) == 1


def test_wrong_use(database, org):
    for wrong in (["--filter", "userName eq"], ["--filter", 'nothing eq "x"'], ["--filter", ""], ["--limit", "0"],
                  ["--limit", "x"], ["--status", "gone"]):
        done = database.scimlet("user", "list", org, *wrong, check=False)
        assert (done.returncode, done.stdout) == (USAGE, ""), wrong
        assert done.stderr, wrong
    assert database.scimlet("user", "list", "nobody-here", check=False).returncode == NOT_FOUND


def memory_of(database, *arguments):
    """The most memory (KiB) that a command took."""
    with subprocess.Popen([BUILD / "scimlet", "--dsn", database.conninfo(), *arguments], stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
    assert status == 0
    return usage.ru_maxrss


def test_memory_does_not_grow_with_the_list(database, org):
    database.scimlet("org", "create", f"{org}-x")
    database.sql(f"""INSERT INTO scim.users (org, resource)
        SELECT '{org}-x', jsonb_build_object('userName', 'Q' || n, 'displayName', repeat('long ', 40))
          FROM generate_series(1, 20000) AS n""")
    page = memory_of(database, "user", "list", f"{org}-x", "--limit", "1000")
    # The address sanitizer keeps what was freed for a while.
    allowed = page * 2 if SANITIZER_LOGS else page + 2048
    assert memory_of(database, "user", "list", f"{org}-x") < allowed


def test_the_history_of_a_person(database, org):
    database.scimlet("user", "deactivate", org, "P00001")
    for output in ("json", "table", "csv"):
        shown = database.scimlet("-o", output, "user", "show", org, "p1@x.example", "--history").stdout
        assert shown == database.scimlet("-o", output, "history", org, "P00001").stdout
        assert "updated" in shown or "changed" in shown
    assert database.scimlet("user", "show", org, "nobody", "--history", check=False).returncode == NOT_FOUND
