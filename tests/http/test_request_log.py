"""The request log: one row for each write and each refusal, and nothing secret in it."""
import json

import pytest

from harness.client import Client

# What no web server can change.
pytestmark = pytest.mark.any_front

NOBODY = "/Users/00000000-0000-0000-0000-000000000000"
NAMES = ("action", "result", "status", "reason", "subject", "resource_type", "method", "route", "token_id IS NOT NULL")


@pytest.fixture
def rows(database):
    """The rows of an answer, which names its request."""
    def read(answer, columns=", ".join(NAMES)):
        number = answer.headers["x-request-id"]
        found = database.sql(f"SELECT json_build_array({columns}) FROM scim.request_log "
                             f"WHERE request_id = '{number}' ORDER BY at")
        return [json.loads(row) for row in found.splitlines()]

    return read


def test_a_refused_write_names_whom_it_was_about(acme, rows, unique):
    acme.create(unique)
    answer = acme.post("/Users", {"userName": unique.upper(), "emails": [{"value": "A@x.example"}],
                                  "externalId": "e-1"})
    assert answer.status == 409, answer
    assert rows(answer) == [["create", "refused", 409, "user.name_taken", unique.upper(), "User", "POST", "/Users", True]]
    assert rows(answer, "subject_key, email_key, external_id, scim_type, arguments, sentence LIKE '%belongs to%'") == [
        [unique.lower(), "a@x.example", "e-1", "uniqueness", [unique.upper()], True]]


def test_a_body_that_is_refused_still_says_who(acme, rows, unique):
    answer = acme.post("/Users", {"username": unique, "emails": 7, "active": [1]})
    assert answer.status == 400, answer
    assert [row[1:5:3] for row in rows(answer)] == [["refused", unique]]
    answer = acme.post("/Users", {"emails": [{"value": "first@x.example"}, {"value": unique, "primary": True}]})
    assert answer.status == 400, answer
    assert [row[4] for row in rows(answer)] == [unique]


def test_a_request_by_id_is_told_by_the_stored_name(acme, rows, unique):
    person = acme.create(unique)
    answer = acme.patch(f"/Users/{person['id']}", {"op": "replace", "path": "nothing", "value": 1})
    assert answer.status == 400, answer
    assert rows(answer) == [["update", "refused", 400, "patch.path", unique, "User", "PATCH", "/Users/{id}", True]]


@pytest.mark.parametrize("method, path, status, action", [
    ("get", NOBODY, 404, "read"), ("delete", NOBODY, 404, "delete"),
    ("get", "/Users?filter=nothing+eq+1", 400, "read"), ("get", "/Me", 501, "read")])
def test_other_errors_leave_a_row_each(acme, rows, method, path, status, action):
    answer = getattr(acme, method)(path)
    assert answer.status == status, answer
    assert [row[:3] for row in rows(answer)] == [[action, "failed" if status >= 500 else "refused", status]]


@pytest.mark.parametrize("method, body", [("post", {"userName": "x"}), ("get", None)])
def test_what_a_token_may_not_is_told_in_the_name_of_the_request(front, database, rows, method, body, unique):
    """Found out before anything else is known of the request."""
    reader = Client(front.url(unique), database.organization(unique, scopes="read" if body else "groups"))
    answer = getattr(reader, method)("/Users", body) if body else reader.get("/Users")
    assert answer.status == 403, answer
    found = database.sql(f"SELECT request_id, method, route, duration_ms < 60000 FROM scim.request_log WHERE org = '{unique}'")
    assert found == f"{answer.headers['x-request-id']}|{method.upper()}|/Users|t"


def test_who_is_not_let_in_leaves_none(front, rows):
    assert rows(Client(front.url("acme"), "x").get("/Users")) == []


def test_a_bulk_has_a_row_for_each_refused_operation(acme, rows, unique):
    acme.create(unique)
    answer = acme.post("/Bulk", {"Operations": [
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": {"userName": unique}},
        {"method": "POST", "path": "/Users", "bulkId": "b", "data": {"userName": unique + "-b"}},
        {"method": "POST", "path": "/Users", "bulkId": "c", "data": {"displayName": "nobody"}},
        {"method": "DELETE", "path": NOBODY}]})
    assert answer.status == 200
    refused = [row for row in rows(answer) if row[1] == "refused"]
    assert sorted(row[2] for row in refused) == [400, 404, 409]
    assert {row[4] for row in refused} == {unique, None}
    assert {row[0] for row in refused} == {"create", "delete"}


def test_no_secret_gets_into_the_log(acme, rows, database, tokens, unique):
    secret = "hunter2-" + unique
    for answer in (acme.post("/Users", {"password": secret}),
                   acme.patch(NOBODY, {"op": "add", "path": f'password[value eq "{secret}"]', "value": secret}),
                   acme.get(f'/Users?filter=password+eq+"{secret}"'),
                   acme.get(f'/Users?filter=userName+xx+"{secret}"')):
        assert answer.status >= 400
        assert len(rows(answer)) == 1
    for kept in (secret, tokens["acme"]):
        assert database.sql(f"SELECT count(*) FROM scim.request_log AS row WHERE row::text LIKE '%{kept}%'").strip() == "0"


def test_names_that_are_too_long_are_cut(acme, rows, unique):
    answer = acme.post("/Users", {"userName": "\ufdfa" * 2000})
    assert answer.status == 400, answer
    assert [row for row in rows(answer, "octet_length(subject) <= 1024, octet_length(subject_key) <= 2048")] == [[True, True]]
