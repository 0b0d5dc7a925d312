"""A database that can only be read, and a login that may only look or only serve: what is in the way is said as it is."""
import json
import uuid

import pytest

from harness.postgres import scimlet

DONE, REFUSED, UNREACHABLE = 0, 4, 5


@pytest.fixture(scope="module")
def org(database):
    key = f"wrong-{uuid.uuid4().hex[:12]}"
    database.organization(key)
    database.sql(f"INSERT INTO scim.users (org, user_name) VALUES ('{key}', 'jane')")
    return key


@pytest.mark.parametrize("command", ["org set {o} name=x", "token create {o}", "user deactivate {o} jane", "guard release {o}",
                                     "prune --older-than 9y --yes"])
def test_a_standby_is_not_called_away(database, org, command):
    done = scimlet(*command.format(o=org).split(), conninfo=f"{database.conninfo()} options='-c default_transaction_read_only=on'",
                   check=False)
    assert (done.returncode, done.stdout) == (UNREACHABLE, "")
    assert "can only be read" in done.stderr and "cannot be reached" not in done.stderr


@pytest.mark.parametrize("command", ["why {o} jane", "status {o}", "log {o}", "user list {o}", "token list {o}"])
def test_there_it_is_read(database, org, command):
    done = scimlet("-o", "json", *command.format(o=org).split(), check=False,
                   conninfo=f"{database.conninfo()} options='-c default_transaction_read_only=on'")
    assert done.returncode == DONE and json.loads(done.stdout) is not None


def test_the_doctor_sees_a_standby(database):
    ill = scimlet("doctor", conninfo=f"{database.conninfo()} options='-c default_transaction_read_only=on'", check=False)
    assert ill.returncode == 4 and "can only be read" in ill.stdout
    assert "can only be read" not in scimlet("doctor", conninfo=database.conninfo(), check=False).stdout


def test_who_may_look_is_named_to_who_may_not(database, org):
    login = f"login_{uuid.uuid4().hex[:12]}"
    database.sql(f"CREATE ROLE {login} LOGIN IN ROLE scim_service")
    for command, more in ((("user", "list", org), True), (("token", "create", org), False)):
        done = scimlet(*command, conninfo=database.conninfo(login), check=False)
        assert done.returncode == REFUSED and "scim_owner" in done.stderr and ("scim_reader" in done.stderr) == more, done.stderr


def test_the_story_of_a_person_is_in_words(database, org):
    database.sql(f"INSERT INTO scim.groups (org, display_name) VALUES ('{org}', 'Crew'); INSERT INTO scim.group_members "
                 f"(org, group_id, member_id) SELECT g.org, g.id, u.id FROM scim.groups g JOIN scim.users u USING (org) WHERE g.org = '{org}'")
    told = database.scimlet("why", org, "Crew").stdout
    assert "members added by" in told and "members_added" not in told
