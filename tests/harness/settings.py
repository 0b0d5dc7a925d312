"""Where things are. tests/run says which build; nothing else is configured."""
import functools
import os
import shutil
import subprocess
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("SCIMLET_BUILD", CHECKOUT / "build"))
SHIPPED = CHECKOUT / "apache"
# Set for a build with --enable-sanitizers: the directory that its reports go to.
SANITIZER_LOGS = os.environ.get("SCIMLET_SANITIZER_LOGS")
# Rounds of the tests that are about quantity; more than 1 for a longer run.
EFFORT = int(os.environ.get("SCIMLET_TEST_EFFORT", "1"))
# A pg_dump that is not older than the server.
PG_DUMP = os.environ.get("SCIMLET_TEST_PG_DUMP", "pg_dump")

MOUNT = "/scim/v2"


@functools.cache
def client(name):
    """psql and its like: Debian's in PATH are a script that looks for these, which takes longer than most of our queries."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda program: float(program.parts[-3]))
    return found[-1] if found else name


def postgres_bin():
    """SCIMLET_TEST_POSTGRES_BIN, or the newest here: Debian keeps the server's programs outside PATH, by version."""
    if "SCIMLET_TEST_POSTGRES_BIN" in os.environ:
        return Path(os.environ["SCIMLET_TEST_POSTGRES_BIN"])
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"),
                     key=lambda program: float(program.parts[-3]))
    if folders:
        return folders[-1].parent
    found = shutil.which("postgres")
    if found:
        return Path(found).resolve().parent
    return Path(subprocess.check_output(["pg_config", "--bindir"], text=True).strip())
