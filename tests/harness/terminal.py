"""A person at a terminal: what a program shows there, and what is typed."""
import os
import pty
import subprocess

from harness.settings import BUILD


def at_terminal(words, types=b"", env=None):
    """Runs a program with a terminal as input, output and error; its exit status, and what was seen there."""
    parent, child = pty.openpty()
    with subprocess.Popen(words, stdin=child, stdout=child, stderr=child, env=env) as process:
        os.close(child)
        os.write(parent, types)
        seen = b""
        try:
            while chunk := os.read(parent, 65536):
                seen += chunk
        except OSError:
            pass    # Linux says so when the other end is closed
    os.close(parent)
    return process.returncode, seen.decode().replace("\r\n", "\n")


def scimlet_at_terminal(database, *arguments, types=b""):
    return at_terminal([BUILD / "scimlet", "--dsn", database.conninfo(), *arguments], types)
