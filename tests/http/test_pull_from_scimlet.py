"""`scimlet pull` of a Scimlet behind a web server: what arrives is what was there."""
import subprocess

import pytest

from harness.settings import BUILD

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def pull(database, org, url, token, *options):
    return subprocess.run([BUILD / "scimlet", "--dsn", database.conninfo(), "pull", org, url, "--token-file", "-", *options], input=token,
                          text=True, capture_output=True, check=False)


@pytest.mark.any_front
def test_another_scimlet(organization, database):
    source = organization()
    people = [source.create(f"p{n}", displayName=f"Person {n}", title="=1+1", active=n % 7 != 0) for n in range(230)]
    source.patch(f"/Users/{people[3]['id']}", {"op": "add", "path": f"{ENTERPRISE}:manager", "value": {"value": people[4]["id"]}})
    inner = source.post("/Groups", {"displayName": "Inner", "members": [{"value": person["id"]} for person in people[:150]]}).json
    source.post("/Groups", {"displayName": "Outer", "externalId": "o", "members": [{"value": inner["id"]}, {"value": people[9]["id"]}]})
    copy = f"{source.org}-copy"
    database.scimlet("org", "create", copy)
    done = pull(database, copy, source.url, source.token)
    assert done.returncode == 0 and source.token not in done.stdout + done.stderr, done.stderr
    before, after = (database.scimlet("export", org, "--canonical").stdout for org in (source.org, copy))
    assert before == after and before.count("\n") == 232
    assert pull(database, copy, source.url, source.token, "--dry-run").returncode == 0      # nothing is left to do
    wrong = pull(database, copy, source.url, "sclt_x")
    assert wrong.returncode == 4 and "does not accept the token" in wrong.stderr
