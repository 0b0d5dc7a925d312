"""The application tells of logins: POST /logins, and what it reads in SQL."""
import concurrent.futures
import json

import pytest

from harness.client import GROUP, Client

# What no web server can change.
pytestmark = pytest.mark.any_front


@pytest.fixture
def application(front, database, organization):
    """An organization as its identity provider sees it, and as the application does."""
    provider = organization()
    client = Client(front.url(provider.org), database.token(provider.org, scopes="login"))
    client.provider, client.org = provider, provider.org
    yield client
    client.close()


def login(client, subject=None, email=None, account=None):
    answer = client.post("/logins", {"subject": subject, "email": email, "account": account})
    assert answer.status == 200, answer
    return answer.json


def log_of(database, org, action="login"):
    rows = database.sql("SELECT row_to_json(request_log) FROM scim.request_log "
                        f"WHERE org = '{org}' AND action = '{action}' ORDER BY at")
    return [json.loads(row) for row in rows.splitlines()]


def status_of(database, org, user_name):
    return database.sql("SET ROLE scim_reader; SELECT status, has_access FROM scim.people "
                        f"WHERE org = '{org}' AND user_name = '{user_name}'")


def test_first_login_links(application, database):
    jane = application.provider.create("jane@example.com", externalId="00u1")
    assert login(application, "00u1", "jane@example.com", "acc-1") == {
        "decision": "let_in", "id": jane["id"], "userName": "jane@example.com", "status": "active", "account": "acc-1"}
    assert login(application, "00u1")["account"] == "acc-1"
    row, = log_of(database, application.org)
    assert (row["result"], row["status"], row["subject"], row["external_id"]) == (
        "done", 200, "jane@example.com", "00u1")
    assert application.provider.get(f"/Users/{jane['id']}").json["meta"]["version"] == jane["meta"]["version"]


@pytest.mark.parametrize("body, detail", [
    ([], "an object was expected"), ({}, "subject"), ({"subject": "", "email": None}, "subject"),
    ({"subject": 7}, "a string"), ({"account": {}, "email": "x"}, "a string"), ({"email": "x" * 1025}, "1024"),
])
def test_bad_bodies(application, body, detail):
    answer = application.post("/logins", body)
    assert answer.status == 400 and detail in answer.json["detail"], answer


def test_unreadable_body(application):
    application.post("/logins", b"{").error(400, "invalidSyntax")


def test_refusals_are_answers(application, database):
    assert login(application, "ghost") == {
        "decision": "refuse", "reason": "login.unknown", "detail": login(application, "ghost")["detail"]}
    assert "ghost" in login(application, "ghost")["detail"]
    application.provider.create("jane@example.com")
    assert login(application, "jane@example.com")["reason"] == "login.no_account"
    rows = log_of(database, application.org)
    assert [(row["result"], row["status"], row["reason"]) for row in rows] == \
        [("refused", 403, "login.unknown")] * 3 + [("refused", 403, "login.no_account")]


def test_scopes(application, organization):
    """A login token can do nothing else, and no other token can do this."""
    assert application.provider.post("/logins", {"subject": "x"}).status == 403
    assert "login" in application.provider.post("/logins", {"subject": "x"}).json["detail"]
    for answer in (application.get("/Users"), application.get("/Groups"), application.post("/Users", {}),
                   application.delete("/Users/x"), application.patch("/Groups/x"), application.get("/Users/x")):
        answer.error(403)
    assert application.get("/logins").status == 405
    other = organization(scopes="login")
    Client(application.url, other.token).post("/logins", {"subject": "x"}).error(401)
    Client(application.url, None).post("/logins", {"subject": "x"}).error(401)
    assert "logins" not in application.get("/ResourceTypes").body.decode()


def test_deactivation_is_seen_at_once(application, database):
    """When the 200 of the PATCH is there, the very next login and the very next SELECT know."""
    jane = application.provider.create("jane@example.com")
    login(application, "jane@example.com", account="acc-1")
    for active, decision, seen in [(False, "refuse", "suspended|f"), (True, "let_in", "active|t")] * 10:
        answer = application.provider.patch(f"/Users/{jane['id']}", {"op": "replace", "path": "active", "value": active})
        assert answer.status == 200
        assert login(application, "jane@example.com")["decision"] == decision
        assert status_of(database, application.org, "jane@example.com") == seen
    application.provider.delete(f"/Users/{jane['id']}")
    assert login(application, "jane@example.com")["decision"] == "refuse"
    assert status_of(database, application.org, "jane@example.com") == ""


def test_provisioning_off_is_a_decision(application, database):
    application.provider.create("jane@example.com")
    database.scimlet("org", "set", application.org, "provisioning=off", "provisioning_off_reason=The trial is over.")
    answer = login(application, "jane@example.com", account="acc-1")
    assert (answer["decision"], answer["reason"]) == ("refuse", "provisioning.off")
    assert "The trial is over." in answer["detail"]
    application.get("/ServiceProviderConfig").error(403)


def test_seats_under_load(application, database, front):
    """Twenty first logins at once, seven seats: seven come in."""
    for i in range(20):
        application.provider.create(f"user-{i}@example.com")
    database.sql(f"UPDATE scim.organization_settings SET seat_limit = 7 WHERE org = '{application.org}'")

    def first_login(i):
        client = Client(application.url, application.token)
        try:
            return login(client, f"user-{i}@example.com", account=f"acc-{i}")
        finally:
            client.close()

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(first_login, range(20)))
    assert sorted(answer.get("reason", "") for answer in answers) == [""] * 7 + ["login.no_seat"] * 13
    assert database.sql(f"SELECT taken, free, over FROM scim.seats WHERE org = '{application.org}'") == "7|0|0"


def test_one_account_for_one_person(application):
    """Two people and one account at the same moment: one of them gets it."""
    for i in range(8):
        application.provider.create(f"user-{i}@example.com")

    def first_login(i):
        client = Client(application.url, application.token)
        try:
            return login(client, f"user-{i}@example.com", account="the-one")
        finally:
            client.close()

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(first_login, range(8)))
    assert sorted(answer.get("reason", "") for answer in answers) == [""] + ["login.account_taken"] * 7


def test_organizations_with_names_of_endpoints(front, database):
    for key in ("logins", "healthz"):
        database.scimlet("org", "create", key, check=False)
        client = Client(front.url(key), database.token(key))
        assert client.get("/Users").json["totalResults"] == 0
        client.close()


def test_command_line(application, database):
    org, provider = application.org, application.provider
    jane = provider.create("jane@example.com", externalId="00u1", emails=[{"value": "jane.doe@example.com"}])
    for word in (jane["id"], "JANE@example.com", "00u1", "Jane.Doe@example.com"):
        shown = json.loads(database.scimlet("-o", "json", "user", "show", org, word).stdout)
        assert (shown["id"], shown["status"], shown["protected"]) == (jane["id"], "provisioned", False)
    assert database.scimlet("user", "show", org, "nobody", check=False).returncode == 3
    assert "acc-1" in database.scimlet("user", "link", org, "00u1", "acc-1").stderr
    provider.create("john@example.com")
    taken = database.scimlet("user", "link", org, "john@example.com", "acc-1", check=False)
    assert taken.returncode == 4 and "acc-1" in taken.stderr
    assert "suspended" in database.scimlet("user", "deactivate", org, "00u1").stderr
    assert provider.get(f"/Users/{jane['id']}").json["active"] is False
    listed = json.loads(database.scimlet("-o", "json", "user", "list", org, "--status", "suspended").stdout)
    assert [person["user_name"] for person in listed] == ["jane@example.com"]
    assert len(json.loads(database.scimlet("-o", "json", "user", "list", org).stdout)) == 2
    assert database.scimlet("user", "list", org, "--status", "gone", check=False).returncode == 2
    assert "active" in database.scimlet("user", "reactivate", org, "00u1").stderr


def test_protected(application, database):
    org, provider = application.org, application.provider
    jane = provider.create("jane@example.com")
    group = provider.post("/Groups", {"schemas": [GROUP], "displayName": "Admins"}).json
    database.scimlet("user", "protect", org, "jane@example.com")
    database.scimlet("group", "protect", org, "admins")
    answers = [provider.patch(f"/Users/{jane['id']}", {"op": "replace", "path": "active", "value": False}),
               provider.delete(f"/Users/{jane['id']}"), provider.delete(f"/Groups/{group['id']}"),
               provider.patch(f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": [{"value": jane["id"]}]})]
    assert all("protected" in answer.error(403) for answer in answers)
    database.scimlet("user", "unprotect", org, "jane@example.com")
    database.scimlet("group", "unprotect", org, group["id"])
    assert provider.delete(f"/Groups/{group['id']}").status == 204
    assert provider.delete(f"/Users/{jane['id']}").status == 204
    assert database.scimlet("group", "protect", org, "nothing", check=False).returncode == 3
