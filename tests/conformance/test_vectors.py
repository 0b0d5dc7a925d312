"""The filter and PATCH vectors, live through every front end."""
import subprocess
import sys
from pathlib import Path

import pytest

RUN_LIVE = Path(__file__).parent / "vectors" / "run_live.py"


@pytest.mark.parametrize("vectors", ["filters", "patch"])
def test_vectors(organization, database, vectors):
    client = organization()
    # The vectors delete more people than the guard against mass removal lets pass.
    database.scimlet("org", "set", client.org, "guard_per_hour=off")
    done = subprocess.run([sys.executable, RUN_LIVE, client.url, client.token, vectors, "-v"],
                          text=True, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{vectors} {{" in done.stdout
