"""Sessions of psql that are held open, so that two can be interleaved statement by statement."""
import subprocess
import threading

from harness.process import wait_until
from harness.settings import client

DONE = "-- done --"


class Session:
    """One connection: run() waits for the answer, start() does not, finish() takes the answer of what was started."""

    def __init__(self, database, user="scimlet", observer=None):
        self.observer = observer
        self.process = subprocess.Popen([client("psql"), "-XAtq", "-v", "VERBOSITY=verbose"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                        env=database.environment(user=user))
        self.lines, self.reader = [], None
        self.pid = self.run("SELECT pg_backend_pid()")

    def start(self, statement):
        self.lines = []
        self.process.stdin.write(f"{statement};\n\\echo {DONE}\n")
        self.process.stdin.flush()
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            if line.rstrip("\n") == DONE:
                return
            self.lines.append(line.rstrip("\n"))

    def finish(self, seconds=20):
        """The rows, or the error with its SQLSTATE, as psql prints them."""
        self.reader.join(seconds)
        assert not self.reader.is_alive(), f"no answer within {seconds} s"
        return "\n".join(self.lines)

    def run(self, statement):
        self.start(statement)
        return self.finish()

    def waits(self):
        """Does the statement wait, for a lock that another session holds?"""
        return self.observer.run("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                                 f"AND pid = {self.pid}") == "1"

    def until_it_waits(self):
        """True: it does; False: it has ended."""
        wait_until(lambda: self.waits() or not self.reader.is_alive(), 20, "the statement waits or ends", pause=0.002)
        return self.reader.is_alive()

    def close(self):
        """Also of one that waits for ever: a test that failed must not hold up the others."""
        self.process.kill()
        self.process.wait(10)
        self.process.stdin.close()
        self.process.stdout.close()
