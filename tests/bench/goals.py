"""What the figures are held against."""
from collections import namedtuple

from bench.load import FRONTS
from bench.pages import LISTS

# firm: counted, the same on every machine; the others depend on the machine and on what else it does.
Goal = namedtuple("Goal", "text limit measured holds firm")

INSTRUCTIONS = 120_000
ROW_INSTRUCTIONS = 2_500
MEMORY_KIB, GROWTH_KIB = 16 * 1024, 1024
PAGES_GROWTH = 3
# Of the echo's processor time; Apache's own share is large, so its figure is the higher one.
GET_RATIO = {"fcgid": 0.50, "proxy": 0.50, "lighttpd": 0.28}
POST_RATIO = 0.25
LIST_US, LIST_GETS = 2_500, 8


def at_most(text, measured, limit, firm, form="{:,.0f}"):
    return Goal(text, "<= " + form.format(limit), form.format(measured), measured <= limit, firm)


def at_least(text, measured, limit, form="{:.2f}"):
    return Goal(text, ">= " + form.format(limit), form.format(measured), measured >= limit, False)


def counted(results):
    get = results["statements"]["get"]
    memory = list(results["memory"].values())
    yield Goal("statements that read data per GET by id", "1", f"{get['statements']:g}", get["statements"] == 1, True)
    yield Goal("round trips to PostgreSQL per GET by id", "1", f"{get['round_trips']:g}", get["round_trips"] == 1, True)
    yield at_most("instructions of the responder per GET by id", results["instructions"]["get"], INSTRUCTIONS, True)
    yield at_most("instructions per row of a list", results["instructions"]["row"], ROW_INSTRUCTIONS, False)
    yield at_most("memory of a worker, KiB", memory[-1]["VmHWM"], MEMORY_KIB, True)
    yield at_most("its growth after the first thousand requests, KiB", memory[-1]["VmRSS"] - memory[-2]["VmRSS"],
                  GROWTH_KIB, True)


def pages(results):
    sizes = list(results["pages"])
    for name, small in results["pages"][sizes[0]].items():
        if name in LISTS:
            continue
        large = results["pages"][sizes[-1]][name]
        yield Goal(f"{small['title']} reads no table from end to end", "none", ", ".join(large["scans"]) or "none",
                   not large["scans"], True)
        if len(sizes) > 1:
            yield at_most(f"{small['title']}: pages more at {sizes[-1]:,} than at {sizes[0]:,} people",
                          large["pages"] - small["pages"], PAGES_GROWTH, True, "{:.1f}")


def timed(results):
    for name, title in FRONTS.items():
        front = results["load"][name]
        failed = sum(result["failed"] for result in front.values())
        yield Goal(f"{title}: failed requests", "0", str(failed), failed == 0, True)
        yield at_least(f"{title}: GET by id, echo's processor time / ours", front["get"]["cpu_ratio"], GET_RATIO[name])
        yield at_least(f"{title}: POST, our rate / echo's", front["create"]["rate_ratio"], POST_RATIO)
        list_us = front["list"]["cpu_us"]["all"]
        yield at_most(f"{title}: list of 100, microseconds of processor time", list_us, LIST_US, False)
        yield at_most(f"{title}: list of 100 in GETs by id", list_us / front["get"]["cpu_us"]["all"], LIST_GETS, False,
                      "{:.1f}")


def judge(results):
    return [*counted(results), *pages(results), *timed(results)]
