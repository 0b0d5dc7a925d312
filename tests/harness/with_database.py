"""Run a command with libpq's variables set to a fresh database made by `scimlet init`; exit as it does."""
import subprocess
import sys

from harness.postgres import Database


def main(command):
    database = Database()
    database.start()
    try:
        return subprocess.run(command, env=database.environment(), check=False).returncode
    finally:
        database.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
