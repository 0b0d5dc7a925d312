"""The figures as Markdown."""
from harness import web

from bench.load import CONNECTIONS, ECHO_SIZE, FRONTS
from bench.people import MORE, OPERATIONS

TITLES = {name: operation.title for name, operation in {**OPERATIONS, **MORE}.items()}


def table(head, rows):
    """The first column is text, the others are figures."""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"


def machine(results):
    m = results["machine"]
    return (f"Measured {m['date']} at commit {m['commit']} by `tests/bench/run`: {m['processor']}, {m['cores']} cores "
            f"(shared by load, web server, responder and PostgreSQL), {m['memory_gib']} GiB; {m['system']}, kernel "
            f"{m['kernel']}; PostgreSQL {m['postgresql']} (fsync on), Apache {m['apache']}, lighttpd {m['lighttpd']}, "
            f"{m['compiler']}, wrk {m['wrk']}, valgrind {m['valgrind']}. Load average before: "
            f"{m['load_before']:.1f}.\n")


def load(results):
    rows = []
    for name, title in FRONTS.items():
        for operation, result in results["load"][name].items():
            cpu = result["cpu_us"]
            rows.append([
                f"{title}: {TITLES[operation]}", f"{result['per_second']:,.0f}", f"{result['p50_us'] / 1000:.1f}",
                f"{result['p99_us'] / 1000:.1f}",
                *(f"{cpu[part]:,.0f}" for part in ("web", "responder", "postgresql", "all")),
                f"{result['echo']['cpu_us']['all']:,.0f}", f"{result['cpu_ratio']:.2f}", f"{result['rate_ratio']:.2f}"])
    return (f"{CONNECTIONS} connections, {web.WORKERS} workers, {results['seconds']} s each, {results['people']:,} "
            f"people; echo: a responder that answers {ECHO_SIZE:,} bytes and asks nobody (a POST for POST, else a "
            "GET). Processor time in microseconds per request.\n\n" + table(
                ["through: what", "requests/s", "p50 ms", "p99 ms", "web server", "responder", "PostgreSQL", "together",
                 "echo", "echo/ours", "rate/echo's"], rows))


def counts(results):
    rows = [[TITLES[name], f"{results['instructions'][name]:,.0f}", f"{of['statements']:g}", f"{of['round_trips']:g}"]
            for name, of in results["statements"].items()]
    return ("Instructions of the responder (callgrind, difference of a run of 150 requests and one of 50), statements "
            "(pg_stat_statements, without BEGIN, SET LOCAL and COMMIT) and round trips (seen between responder and "
            f"PostgreSQL) per request. A row of a list: {results['instructions']['row']:,.0f} instructions.\n\n"
            + table(["request", "instructions", "statements", "round trips"], rows))


def memory(results):
    rows = [[f"{count:,}", f"{size['VmRSS']:,}", f"{size['VmHWM']:,}"] for count, size in results["memory"].items()]
    return "Memory of a worker, KiB.\n\n" + table(["mixed requests", "resident", "at most"], rows)


def pages(results):
    sizes = results["pages"]
    last = sizes[max(sizes)]
    rows = [[TITLES[name],
             *(figure for of in sizes.values() for figure in (f"{of[name]['pages']:.1f}", f"{of[name]['ms']:.2f}")),
             ", ".join(f"`{index}`" for index in last[name]["indexes"]), ", ".join(last[name]["scans"]) or "none"]
            for name in last]
    head = [f"{what} at {size:,}" for size in sizes for what in ("pages", "ms")]
    loaded = "; ".join(f"{people:,} people in {seconds:.0f} s" for people, seconds in results["loaded"])
    return (f"Pages that PostgreSQL touches and milliseconds in its executor per request, all statements together, "
            f"with plan_cache_mode = force_generic_plan. Loaded by SQL: {loaded}.\n\n"
            + table(["request", *head, "indexes", "tables read from end to end"], rows))


def goals(results):
    rows = [[goal["text"], goal["limit"], goal["measured"], "yes" if goal["holds"] else
             "**no**" if goal["firm"] else "no (information)"] for goal in results["goals"]]
    return table(["goal", "wanted", "measured", "holds"], rows)


def markdown(results):
    return "\n".join(part(results) for part in (machine, load, counts, memory, pages, goals))
