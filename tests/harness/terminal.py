"""A person at a terminal: what a program shows there, and what is typed."""
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time

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


class Shell:
    """An interactive shell at a terminal, as a person has it; what stands on its line can be asked for."""
    ASK = b"\x18"       # Ctrl-X: the startup file binds it to printing <<the line>>

    def __init__(self, words, env):
        self.parent, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        self.process = subprocess.Popen(words, stdin=child, stdout=child, stderr=child, env=env, start_new_session=True,
                                        # fish is interactive only where the terminal is its own.
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(child)
        self.read_until(b"READY> ")

    def read_until(self, end, seconds=20):
        """What was shown up to and with end."""
        seen, until = b"", time.monotonic() + seconds
        while end not in seen:
            ready, _, _ = select.select([self.parent], [], [], max(0, until - time.monotonic()))
            if not ready:
                raise AssertionError(f"{end} was not shown, but: {seen}")
            seen += os.read(self.parent, 65536)
        return seen.decode(errors="replace")

    def line_after(self, keys):
        """Types keys on an empty line; what stands there then, and all that was shown."""
        os.write(self.parent, b"\x15" + keys.encode())
        # The shell reads ahead: Ctrl-X is its own key only behind a completion that ended.
        os.write(self.parent, self.ASK)
        shown = self.read_until(b">>")
        return shown.rsplit("<<", 1)[1].rsplit(">>", 1)[0], shown

    def close(self):
        os.close(self.parent)
        self.process.kill()
        self.process.wait()
