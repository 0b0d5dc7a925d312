"""Pages that PostgreSQL touches for a request, with plans that do not know the values."""
import json
import re

from bench.people import MORE, OPERATIONS, ask
from bench.responder import Responder
from bench.wire import Relay

# For these the pages must not grow with the organization; the lists are for information.
POINT = {"get": OPERATIONS["get"], "user_name": OPERATIONS["user_name"], "external_id": MORE["external_id"],
         "email": MORE["email"], "work_email": MORE["work_email"]}
LISTS = {"list": OPERATIONS["list"], "list_anywhere": MORE["list_anywhere"]}


def literal(value):
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"


def explain(database, org, statement):
    """Explain what the responder sent as the responder's role, in its fence; the second time, when all is cached."""
    values = ", ".join(map(literal, statement.values))
    execute = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE sent({values});"
    answer = database.sql(f"""
SET search_path = ''; SET jit = off; SET timezone = 'UTC';
BEGIN;
SET LOCAL scim.org = '{org}';
SET LOCAL plan_cache_mode = force_generic_plan;
PREPARE sent AS {statement.sql};
\\o /dev/null
{execute}
\\o
{execute}
ROLLBACK;""", user="scim_service")
    return json.loads(answer)[0]


def nodes(plan):
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def touched(explained):
    """The sum of one statement: pages, milliseconds, indexes of people, and tables of them read from end to end."""
    plan = explained["Plan"]
    return {
        "pages": plan["Shared Hit Blocks"] + plan["Shared Read Blocks"],
        "ms": explained["Execution Time"],
        "indexes": sorted({node["Index Name"] for node in nodes(plan)
                           if re.match(r"users_|user_emails_", node.get("Index Name", ""))}),
        "scans": [node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan"
                  and re.match(r"users|user_emails|group", node["Relation Name"])],
    }


def measure(database, tokens, people):
    """By operation: what its statements touch together, averaged over some people."""
    relay, result = Relay(database), {}
    with Responder(relay.conninfo, tokens) as responder:
        for name, operation in {**POINT, **LISTS}.items():
            few = people[:20 if name in POINT else 5]
            relay.forget()
            ask(responder, operation, few, len(few))
            costs = [touched(explain(database, operation.org, sent)) for sent in relay.data_statements()]
            result[name] = {
                "pages": sum(cost["pages"] for cost in costs) / len(few),
                "ms": sum(cost["ms"] for cost in costs) / len(few),
                "indexes": sorted({index for cost in costs for index in cost["indexes"]}),
                "scans": sorted({table for cost in costs for table in cost["scans"]}),
            }
    return result
