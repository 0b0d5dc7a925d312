"""What was measured, on what."""
import os
import platform
import re
import subprocess
import time
from pathlib import Path

from harness.settings import CHECKOUT, postgres_bin


def first_line(*command):
    environment = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return ((done.stdout or done.stderr).strip().splitlines() or ["unknown"])[0]


def version(*command):
    found = re.search(r"\d+(\.\d+)+", first_line(*command))
    return found[0] if found else "unknown"


def commit():
    """The checkout may be somebody else's, which git would refuse to read."""
    git = ["git", "-c", "safe.directory=*", "-C", CHECKOUT]
    if first_line(*git, "rev-parse", "--is-inside-work-tree") != "true":
        return "unknown"
    changed = subprocess.run([*git, "status", "--porcelain", "--", "src", "sql", "apache"],
                             capture_output=True, text=True, check=True).stdout
    return first_line(*git, "rev-parse", "--short", "HEAD") + (" with changes" if changed else "")


def processor():
    for pattern in ("model name", "Model", "Hardware"):
        found = re.search(rf"^{pattern}\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.M)
        if found:
            return found[1]
    return platform.machine()


def describe():
    memory = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())[1])
    system = re.search(r'PRETTY_NAME="(.*)"', Path("/etc/os-release").read_text())
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "commit": commit(),
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory / 1024 / 1024, 1),
        "load_before": os.getloadavg()[0],
        "kernel": platform.release(),
        "system": system[1] if system else "unknown",
        "postgresql": version(postgres_bin() / "postgres", "--version"),
        "apache": version("apache2", "-v"),
        "lighttpd": version("lighttpd", "-v"),
        "compiler": first_line("cc", "--version"),
        "wrk": version("wrk", "-v"),
        "valgrind": version("valgrind", "--version"),
    }
