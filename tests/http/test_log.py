"""The error stream: one line for each request, and nothing in it that names people or opens doors."""
import re
import time

from harness.client import Client
from harness.process import wait_until

CANARY = "canary-of-people"


def lines_of(front, answer):
    """What was logged of an answered request; plain CGI may write after Apache has answered."""
    request_id = answer.headers["x-request-id"]
    lines = wait_until(lambda: [line for line in front.log().splitlines() if request_id in line], 5,
                       f"a line with {request_id}")
    time.sleep(.05)
    return [line for line in front.log().splitlines() if request_id in line] or lines


def fields(line):
    return dict(re.findall(r"(\w+)=(\S+)", line))


def test_one_line_for_each_request(front, acme, unique):
    person = acme.create(unique)
    address = f"/Users/{person['id']}"
    for answer, method, route in (
            (acme.post("/Users", {"userName": unique}), "POST", "/Users"), (acme.get(address), "GET", "/Users/{id}"),
            (acme.get("/Users?count=1"), "GET", "/Users"), (acme.get("/Users?filter=x"), "GET", "/Users"),
            (acme.delete(address), "DELETE", "/Users/{id}"), (acme.get("/Robots"), "GET", "-"),
            (Client(acme.url, None).get("/Users"), "GET", "/Users")):
        lines = lines_of(front, answer)
        assert len(lines) == 1, lines
        logged = fields(lines[0])
        assert (logged["method"], logged["status"]) == (method, str(answer.status)), lines
        if route != "-":
            assert logged["route"] == route, lines
        if answer.status not in (401, 404):
            assert logged["org"] == "acme", lines
        assert float(logged["ms"]) >= 0 and int(logged["sql"]) >= 0, lines


def test_request_ids_differ(acme):
    seen = {acme.get("/Users?count=0", headers={"X-Request-Id": "mine"}).headers["x-request-id"] for _ in range(10)}
    assert len(seen) == 10 and "mine" not in seen


def test_nothing_private_is_logged(front, acme, tokens, unique):
    person = acme.create(f"{CANARY}-{unique}", password=CANARY)
    address = f"/Users/{person['id']}"
    answers = [
        acme.get(f"/Users?filter=userName%20eq%20%22{CANARY}%22"), acme.get(f"/Users?filter={CANARY}"),
        acme.post("/Users", {"userName": f"{CANARY}-{unique}"}), acme.post("/Users", {"userName": "x", "active": CANARY}),
        acme.request("POST", "/Users", b'{"userName":"' + CANARY.encode()), acme.get(f"/Users/{CANARY}"),
        acme.get(f"/{CANARY}"), acme.patch(address, {"op": "replace", "path": CANARY, "value": CANARY}),
        acme.get("/Users", headers={"If-Match": CANARY, "User-Agent": CANARY, "Cookie": CANARY}),
        Client(acme.url, CANARY).get("/Users"), Client(acme.url, tokens["other"]).get("/Users"),
    ]
    lines_of(front, answers[-1])
    log = front.log()
    assert CANARY not in log
    for token in tokens.values():
        assert token not in log and token.split("_")[2][:20] not in log


def test_the_log_names_the_reason_of_a_refusal(front, acme, tokens, unique):
    """The caller learns only that the token does not fit; the operator must see why."""
    for client, reason in ((Client(acme.url, None), "auth.missing"), (Client(acme.url, "x"), "auth.malformed"),
                           (Client(acme.url, tokens["other"]), "auth.wrong_org")):
        assert reason in lines_of(front, client.get("/Users"))[0]
    acme.create(unique)
    assert "user.name_taken" in lines_of(front, acme.post("/Users", {"userName": unique}))[0]


def test_nobody_can_write_lines_of_the_log(front, acme):
    for path in ("/Users/%0Aforged%20line%1b[31m", "/Users?filter=%0Aforged%20line", "/Users/forged%0a"):
        acme.get(path, check=False)     # lighttpd refuses some of them by itself
    lines_of(front, acme.get("/Users", headers={"User-Agent": "forged"}))
    assert "forged" not in front.log()
