"""Load through a web server, and the processor time that each component spent on it."""
import json
import os
import shutil
import subprocess
from pathlib import Path

from harness import web
from harness.settings import BUILD

from bench.people import OPERATIONS

FRONTS = {"fcgid": "Apache, mod_fcgid", "proxy": "Apache, mod_proxy_fcgi", "lighttpd": "lighttpd"}
CONNECTIONS = 4
# A closing connection keeps its worker for a moment; with fewer, mod_fcgid lets requests wait for a second.
web.WORKERS = 2 * CONNECTIONS
ECHO_SIZE = 1536
ECHOED = ("get", "create")
SCRIPT = Path(__file__).with_name("load.lua")
TICK = os.sysconf("SC_CLK_TCK")


def processes():
    """Of every process: its parent, and the seconds that it and its ended children have run."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue    # it ended meanwhile
        found[int(entry.name)] = (int(fields[1]), sum(map(int, fields[11:15])) / TICK)
    return found


def tree(root, table):
    """A process and all below it."""
    found = {root}
    while more := {pid for pid, (parent, _) in table.items() if parent in found} - found:
        found |= more
    return found


def seconds_spent(front, database):
    """Processor time so far, by component."""
    table = processes()
    responder = set(front.workers())
    members = {"web": tree(front.server.pid, table) - responder, "responder": responder,
               "postgresql": tree(database.server.pid, table)}
    return {name: sum(table[pid][1] for pid in pids if pid in table) for name, pids in members.items()}


class Load:
    """wrk against one front."""

    def __init__(self, front, database, tokens, people):
        self.front, self.database, self.tokens, self.people = front, database, tokens, people
        self.runs = 0

    def run(self, operation, seconds, query=""):
        """Rate, latencies and processor time of a kind of request."""
        before = seconds_spent(self.front, self.database)
        result = self.wrk(operation, seconds, query)
        after = seconds_spent(self.front, self.database)
        result["cpu_us"] = {name: (after[name] - before[name]) / result["requests"] * 1e6 for name in before}
        result["cpu_us"]["all"] = sum(result["cpu_us"].values())
        self.front.check()
        return result

    def wrk(self, operation, seconds, query):
        plan = self.front.directory / "requests"
        with open(plan, "w") as file:
            for method, path, body in operation.requests(self.people):
                separator = "" if not query else "&" if "?" in path else "?"
                file.write(f"{method}\t{path}{separator}{query}\t{body}\n")
        self.runs += 1
        word = f"{self.front.name}-{self.runs}"
        done = subprocess.run(
            ["wrk", "--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{seconds}s",
             "--timeout", "15s", "--script", str(SCRIPT), self.front.public_url, "--", str(plan), word],
            env={"PATH": os.environ["PATH"], "BENCH_TOKEN": self.tokens[operation.org]},
            capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(f"wrk ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        result = json.loads(done.stdout.rsplit("\n", 2)[-2])
        result["per_second"] = result["requests"] / result.pop("seconds")
        return result


def measure_program(name, database, tokens, people, seconds, echo):
    """All operations through one front, to the responder or to the one that echoes."""
    front = web.FRONTS[name](database)
    if echo:
        shutil.copy(BUILD / "tests" / "unit" / "http_echo", front.binary)
    front.start()
    try:
        load = Load(front, database, tokens, people)
        query = f"size={ECHO_SIZE}" if echo else ""
        load.run(OPERATIONS["get"], 1, query)       # every worker has started, connected and prepared
        return {operation: measure_operation(load, operation, seconds, query)
                for operation in (ECHOED if echo else OPERATIONS)}
    finally:
        front.stop()


def measure_operation(load, operation, seconds, query):
    result = load.run(OPERATIONS[operation], seconds, query)
    if OPERATIONS[operation].method == "POST" and not query:
        # Else autovacuum does it while something else is measured.
        load.database.sql("VACUUM (ANALYZE) scim.users; VACUUM (ANALYZE) scim.user_emails; CHECKPOINT")
    return result


def measure(database, tokens, people, seconds, tell):
    """By front and operation; "echo" holds what the echo did with a request of the same kind."""
    results = {}
    for name in FRONTS:
        tell(FRONTS[name])
        echo = measure_program(name, database, tokens, people, seconds, echo=True)
        results[name] = measure_program(name, database, tokens, people, seconds, echo=False)
        for operation, result in results[name].items():
            result["echo"] = echo.get(operation, echo["get"])
            result["cpu_ratio"] = result["echo"]["cpu_us"]["all"] / result["cpu_us"]["all"]
            result["rate_ratio"] = result["per_second"] / result["echo"]["per_second"]
    return results
