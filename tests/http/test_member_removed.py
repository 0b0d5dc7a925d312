"""A request puts somebody into a group while another session removes the person: no 2xx for a membership that is not there.

The ways in SQL, and their orders, are in tests/database/test_membership_race.py.
"""
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.client import GROUP
from harness.groups import add, create_group, member, read
from harness.process import wait_until
from harness.session import Session

pytestmark = pytest.mark.any_front


@pytest.fixture
def case(organization, database):
    """A client, a person, a group without members, and a session of SQL."""
    client = organization()
    database.sql(f"UPDATE scim.organization_settings SET on_deactivate = 'remove' WHERE org = '{client.org}'")
    session = Session(database)
    yield client, client.create("jane"), create_group(client, "Team"), session
    session.close()


def ask_patch(client, person, group):
    return client.patch(f"/Groups/{group['id']}", add(person))


def ask_put(client, person, group):
    return client.put(f"/Groups/{group['id']}", {"schemas": [GROUP], "displayName": "Team", "members": [member(person)]})


def ask_post(client, person, _):
    return client.post("/Groups", {"schemas": [GROUP], "displayName": "New", "members": [member(person)]})


def ask_bulk(client, person, group):
    answer = client.post("/Bulk", {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [
        {"method": "PATCH", "path": f"/Groups/{group['id']}", "data": {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [add(person)]}}]})
    assert answer.status == 200, answer
    operation = answer.json["Operations"][0]
    assert operation["status"] == operation["response"]["status"] == "400", operation
    return None


@pytest.mark.parametrize("removal", ["UPDATE scim.users SET active = false WHERE org = '{o}' AND id = '{p}'",
                                     "SELECT scim.remove_person('{o}', '{p}')"], ids=["deactivated", "deleted"])
@pytest.mark.parametrize("ask", [ask_patch, ask_put, ask_post, ask_bulk])
def test_who_is_being_removed_is_nobody(case, database, removal, ask):
    client, person, group, session = case
    session.run("BEGIN")
    assert "ERROR" not in session.run(removal.format(o=client.org, p=person["id"]))
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask, client, person, group)
        wait_until(lambda: asked.done() or session.run("SELECT count(*) FROM pg_locks WHERE NOT granted") != "0", 10, "it waits")
        assert not asked.done(), asked.result()
        session.run("COMMIT")
        answer = asked.result()
    if answer is not None:
        answer.error(400, "invalidValue")
    assert "members" not in read(client, group)
    assert client.get("/Groups").json["totalResults"] == 1
    assert database.sql(f"SELECT count(*) FROM scim.group_members WHERE org = '{client.org}'") == "0"
