"""Run github.com/scim2/test-suite, a Go module, against a private server; fail on what is not expected to fail.

    SCIMLET_BUILD=BUILD python -m conformance.suite_go      (in tests/)

It needs Go and a module proxy that has the module. Where it cannot be had, the suite is named as not run and counts
as failed. suite_go.expected lists the requirements that must fail, each with the reason.
"""
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from harness.postgres import Database
from harness.web import Lighttpd

MODULE = "github.com/scim2/test-suite"
EXPECTED = Path(__file__).with_name("suite_go.expected")


class NotRun(Exception):
    """The suite could not be had or did not come to its end."""


def go(folder, *arguments, **options):
    return subprocess.run(["go", *arguments], cwd=folder, text=True, capture_output=True, check=False, **options)


def install(folder):
    """A Go module of our own that needs the suite; which version it got."""
    if shutil.which("go") is None:
        raise NotRun("there is no Go here")
    for step in (("mod", "init", "suite"), ("get", f"{MODULE}/compliance@latest")):
        done = go(folder, *step)
        if done.returncode != 0:
            raise NotRun(done.stderr.strip())
    return go(folder, "list", "-m", MODULE).stdout.strip()


def run(folder, url, token):
    """The suite's own report."""
    report = Path(folder, "report.txt")
    done = go(folder, "test", f"{MODULE}/compliance", "-count=1", f"-scim.url={url}", f"-scim.token={token}",
              f"-scim.report={report}", timeout=600)
    try:
        return json.loads(report.with_suffix(".json").read_text())
    except FileNotFoundError:
        raise NotRun(f"no report:\n{done.stdout}\n{done.stderr}") from None


def read_expected(text):
    """Requirement to reason; a line is "ID: reason"."""
    lines = (line.partition(": ") for line in text.splitlines() if line and not line.startswith("#"))
    return {requirement: reason for requirement, _, reason in lines}


def judge(report, expected):
    """Sentences about what is not as expected."""
    broken = {entry["id"]: entry.get("message", "")
              for part in ("failures", "warnings") for entry in report[part] or ()}
    problems = [f"{requirement}: {message}" for requirement, message in broken.items() if requirement not in expected]
    problems += [f"{entry['id']} passes, but {EXPECTED.name} expects it to fail"
                 for entry in report["passed"] or () if entry["id"] in expected]
    if not report["passed"]:
        problems.append("no requirement passed")
    return problems


def main():
    database = Database()
    database.start()
    front = Lighttpd(database)
    front.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            version = install(folder)
            report = run(folder, front.url("suite"), database.organization("suite"))
    except NotRun as why:
        print(f"NOT RUN {MODULE}: {why}\n0 passed, 1 failed")
        return 1
    finally:
        front.stop()
        database.stop()
    problems = judge(report, read_expected(EXPECTED.read_text()))
    print(version, *problems, sep="\n")
    print(f"{len(report['passed'] or ())} passed, {len(problems)} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
