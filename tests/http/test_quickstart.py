"""apache/quickstart: what a newcomer runs first, with the lines that it prints."""
import os
import subprocess

import pytest

from harness.client import Client
from harness.settings import BUILD, CHECKOUT

QUICKSTART = CHECKOUT / "apache" / "quickstart"


def quickstart(*arguments):
    done = subprocess.run([QUICKSTART, *arguments], env={**os.environ, "SCIMLET_BUILD": str(BUILD)}, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, timeout=120,
                          check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout


def settings(state):
    return dict(line.split("=", 1) for line in (state / "quickstart.env").read_text().splitlines())


def processes(state):
    """Every process that has the state directory on its command line or as its own."""
    listed = subprocess.run(["ps", "-eo", "args"], text=True, capture_output=True, check=True).stdout
    return [line for line in listed.splitlines() if str(state) in line]


@pytest.mark.parametrize("web", ["apache", "lighttpd"])
def test_from_nothing_to_people(tmp_path, web):
    state = tmp_path / "a state"
    try:
        told = quickstart("--web", web, "--port", "0", "--state", state, "--detach")
        assert (state / "quickstart.env").stat().st_mode & 0o777 == 0o600
        given = settings(state)
        assert set(given) == {"SCIM_URL", "SCIM_TOKEN", "SCIM_ORG", "SCIMLET_PUBLIC_URL", "PGHOST", "PGPORT", "PGDATABASE", "PGUSER"}
        client = Client(given["SCIM_URL"], given["SCIM_TOKEN"])
        assert client.get("/Users").json["totalResults"] == 0

        lines = [line.strip() for line in told.splitlines() if line.strip().startswith("curl ")]
        assert len(lines) == 6
        for line in lines:
            pasted = subprocess.run(["bash", "-c", line.replace("curl ", "curl --fail ", 1)], text=True,
                                    capture_output=True, check=False)
            assert pasted.returncode == 0, (line, pasted.stdout, pasted.stderr)
        person, = client.get("/Users").json["Resources"]
        assert (person["title"], person["active"]) == ("Tour Guide", False)

        dba = {**os.environ, **given}
        rows = subprocess.run(["psql", "-XAtc", "SELECT user_name FROM scim.users WHERE org = 'demo'"], env=dba,
                              text=True, capture_output=True, check=True).stdout
        assert rows == person["userName"] + "\n"
        made = subprocess.run([BUILD / "scimlet", "token", "create", "demo"], env=dba, text=True, capture_output=True, check=True)
        assert given["SCIM_URL"] in made.stderr

        quickstart("--state", state, "--stop")
        quickstart("--web", web, "--port", "0", "--state", state, "--detach")
        again = settings(state)
        assert again["SCIM_TOKEN"] == given["SCIM_TOKEN"]
        assert Client(again["SCIM_URL"], again["SCIM_TOKEN"]).get("/Users").json["totalResults"] == 1
    finally:
        quickstart("--state", state, "--stop")
    assert not processes(state)
