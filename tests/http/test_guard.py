"""The guard: an identity provider that removes too many people at once is stopped; undo brings back who went."""
import threading

from harness.client import Client

LIMIT = 6


def remove(front, made, people, number, statuses):
    """Every fourth of the people, each in another way."""
    client = Client(front.url(made.org), made.token)
    for at in range(number, len(people), 4):
        path = f"/Users/{people[at]}"
        answer = client.delete(path) if at % 2 else client.patch(path, {"op": "replace", "path": "active", "value": False})
        statuses.append(answer.status)
        if answer.status == 429:
            assert 1 <= int(answer.headers["retry-after"]) <= 3600
    client.close()


def test_mass_removal_stops_and_is_undone(front, organization, database):
    made = organization()
    database.sql("UPDATE scim.organization_settings SET guard_per_hour = %d, guard_percent = 10 WHERE org = '%s'"
                 % (LIMIT, made.org))
    people = [made.create(f"person{number}")["id"] for number in range(32)]
    since = database.sql("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
    statuses = []
    threads = [threading.Thread(target=remove, args=(front, made, people, number, statuses)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(statuses) == 32 and set(statuses) <= {200, 204, 429}, statuses
    assert statuses.count(429) == 32 - LIMIT, "the limit passes, and not one more"
    left = database.sql(f"SELECT count(*) FROM scim.users WHERE org = '{made.org}' AND active")
    assert int(left) == 32 - LIMIT

    assert database.scimlet("undo", made.org, "--since", since, "--dry-run", check=False).returncode == 10
    database.scimlet("undo", made.org, "--since", since, "--yes")
    assert database.sql(f"SELECT count(*) FROM scim.users WHERE org = '{made.org}' AND active") == "32"
    assert {made.get(f"/Users/{person}").status for person in people} == {200}
    assert database.scimlet("undo", made.org, "--since", since, "--dry-run").stdout.count("restored") == 0
    forgotten = database.scimlet("undo", made.org, "--since", "2001-01-01T00:00:00Z", check=False)
    assert forgotten.returncode == 4 and "keep_audit" in forgotten.stderr

    assert made.delete(f"/Users/{people[0]}").status == 429
    said = database.scimlet("guard", "release", made.org, "--for", "1h").stderr
    assert "removals had been refused" in said
    assert {made.delete(f"/Users/{person}").status for person in people} == {204}
