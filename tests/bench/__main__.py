"""tests/bench/run's measuring part; the story from an empty database to a table."""
import argparse
import json
import signal
import sys
import time

from harness.postgres import Database

from bench import direct, load, machine, pages, people, report
from bench.goals import judge

SMALL = 10_000
WARM_UP = 1_000
# What a small server has; the tests' default would make the figures depend on the disk.
POSTGRESQL = ("-c", "shared_buffers=512MB", "-c", "max_wal_size=4GB")


def positive(word):
    number = int(word)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def read_options(arguments):
    parser = argparse.ArgumentParser(prog="tests/bench/run")
    parser.add_argument("--seconds", type=positive, default=5)
    parser.add_argument("--users", type=positive, default=SMALL)
    parser.add_argument("--requests", type=positive, default=20 * WARM_UP)
    parser.add_argument("--json", metavar="FILE", type=argparse.FileType("w"))
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args(arguments)
    if options.smoke:
        options.seconds, options.users, options.requests = 1, 1_000, 2 * WARM_UP
    if options.requests <= WARM_UP:
        parser.error(f"--requests must be more than {WARM_UP}, which warm up")
    return options


def tell(what):
    print(f"bench: {what}", file=sys.stderr, flush=True)


def organizations(database):
    """Their tokens. The use of a token is noted once a minute; the bench wants it never."""
    tokens = {org: database.organization(org) for org in (people.ORG, people.ORG_OF_NEW)}
    database.sql("UPDATE scim.tokens SET last_used = now() + interval '1 day'")
    return tokens


def pages_at(database, tokens, size, first, results):
    """Load people up to a size and see what a request touches then."""
    begun = time.monotonic()
    people.load(database, first, size, tell)
    results["loaded"].append((size, time.monotonic() - begun))
    tell(f"pages at {size:,} people")
    found = pages.measure(database, tokens, people.sample(database))
    for name, figures in found.items():
        figures["title"] = report.TITLES[name]
    results["pages"][size] = found


def measure(options, database):
    results = {"machine": machine.describe(), "people": options.users, "seconds": options.seconds,
               "loaded": [], "pages": {}}
    tokens = organizations(database)
    conninfo = database.conninfo("scim_service")
    small = min(SMALL, options.users)
    pages_at(database, tokens, small, 1, results)
    if options.users > small:
        pages_at(database, tokens, options.users, small + 1, results)
    sample = people.sample(database)
    tell("statements and round trips")
    results["statements"] = direct.statements(database, tokens, sample)
    results["instructions"] = direct.instructions(conninfo, tokens, sample, tell)
    results["load"] = load.measure(database, tokens, sample, options.seconds, tell)
    tell("memory of a worker")
    results["memory"] = direct.memory(conninfo, tokens, sample, options.requests, WARM_UP)
    results["goals"] = [goal._asdict() for goal in judge(results)]
    return results


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options = read_options(sys.argv[1:])
    database = Database(crash_safe=True, options=POSTGRESQL)
    try:
        database.start()
        results = measure(options, database)
    finally:
        database.stop()
    print(report.markdown(results))
    if options.json:
        json.dump(results, options.json, indent=1)
    return 0 if all(goal["holds"] for goal in results["goals"] if goal["firm"]) else 1


sys.exit(main())
