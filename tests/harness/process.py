"""Child processes: started without root's rights, watched, and stopped by their id."""
import atexit
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from harness.settings import BUILD, SANITIZER_LOGS

NOBODY, NOGROUP = 65534, 65534


class ServerDied(AssertionError):
    """A server that should run does not."""


def without_root(command, death_signal="KILL"):
    """PostgreSQL refuses root and no other server needs it; what the tests leave behind ends with them."""
    # PID 1 in a container may adopt orphans without ending them, hence the death signal.
    prefix = ["setpriv", "--pdeathsig", death_signal]
    if os.geteuid() == 0:
        prefix += [f"--reuid={NOBODY}", f"--regid={NOGROUP}", "--clear-groups"]
    return [*prefix, "--", *map(str, command)]


def hand_over(path):
    """Give a file or folder to the user that the servers run as."""
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOGROUP)
    return path


def new_directory(prefix):
    """A short path: a unix socket's address has 107 bytes."""
    path = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    path.chmod(0o755)
    if "SCIMLET_TEST_KEEP" not in os.environ:
        atexit.register(shutil.rmtree, path)
    return hand_over(path)


def tail(path, lines=40):
    try:
        return "\n".join(Path(path).read_text(errors="replace").splitlines()[-lines:])
    except OSError as why:
        return str(why)


def wait_until(condition, seconds, what, pause=0.02):
    """
    Wait for a condition; the last value is returned. A busy machine gets ten times as long: how soon something
    must be is asked of the least or the middle of several times, see fault/test_database.py.
    """
    deadline = time.monotonic() + 10 * seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {10 * seconds} s: {what}")
        time.sleep(pause)


class Server:
    """One child process that must not end before it is told to."""

    def __init__(self, name, command, log, stop_signal=signal.SIGTERM, environment=None, **options):
        self.name, self.command, self.log = name, command, Path(log)
        self.stop_signal, self.options, self.process = stop_signal, options, None
        # No PG* or SCIMLET_* of the caller may reach a server under test.
        self.environment = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LANG": "C.UTF-8",
                            **(environment or {})}

    def start(self):
        with open(self.log, "ab") as log:
            hand_over(self.log)
            self.process = subprocess.Popen(without_root(self.command), stdout=log, stderr=log,
                                            env=self.environment,
                                            **{"stdin": subprocess.DEVNULL, **self.options})
        return self

    @property
    def pid(self):
        return self.process.pid

    def check(self):
        if self.process.poll() is not None:
            raise ServerDied(f"{self.name} ended with {self.process.returncode}:\n{tail(self.log)}")

    def stop(self, stop_signal=None, seconds=60):
        """Ask it to end; the exit status. A server that has to be killed is an error."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(stop_signal or self.stop_signal)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise ServerDied(f"{self.name} did not stop within {seconds} s:\n{tail(self.log)}") from None


def install_program(directory):
    """A copy of the responder of its own path, so that its processes can be told from others'."""
    program = directory / "scimlet.fcgi"
    if SANITIZER_LOGS is None:
        shutil.copy(BUILD / "scimlet.fcgi", program)
        return program, program
    # mod_fcgid and lighttpd pass on little of the environment: the wrapper sets what ASan reads.
    binary = directory / "scimlet.binary"
    shutil.copy(BUILD / "scimlet.fcgi", binary)
    program.write_text("#!/bin/sh\n"
                       f"ASAN_OPTIONS=log_path={SANITIZER_LOGS}/report:detect_stack_use_after_return=1\n"
                       f"UBSAN_OPTIONS=log_path={SANITIZER_LOGS}/report:print_stacktrace=1\n"
                       "export ASAN_OPTIONS UBSAN_OPTIONS\n"
                       f"exec {binary} \"$@\"\n")
    program.chmod(0o755)
    return program, binary


def stat_of(pid):
    """What /proc says of a process behind its name: its state, its parent, and more."""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()


def halt_family(pid):
    """Stops a process, then its children, whom it cannot add to any more; their ids."""
    halted = []
    for each in (lambda: [pid], lambda: children_of(pid)):
        for one in each():
            os.kill(one, signal.SIGSTOP)
            wait_until(lambda: stat_of(one)[0] in "TZ", 2, f"{one} stands still")
            halted.append(one)
    return halted


def children_of(pid):
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and int(stat_of(entry.name)[1]) == pid:
                found.append(int(entry.name))
        except OSError:
            continue    # it ended meanwhile
    return found


def processes_of(binary):
    """The ids of all processes that run this program, oldest first."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if os.readlink(entry / "exe") == str(binary):
                found.append((int((entry / "stat").read_text().rsplit(")", 1)[1].split()[19]), int(entry.name)))
        except OSError:
            continue    # it ended meanwhile, or is somebody else's
    return [pid for _, pid in sorted(found)]
