"""How much the database is asked: a read by id is one statement that reads data, authentication included."""
import pytest

from harness.client import Client

# A process for each request (plain CGI) connects and prepares each time; its statements would be counted, too.
pytestmark = pytest.mark.parametrize("front", ["fcgid", "proxy", "lighttpd"], indirect=True, scope="session")

# Everything but what frames a transaction; set_config names the request, in the round trip of BEGIN.
READING = ("query !~* '^\\s*(begin|commit|rollback|set|reset|show|deallocate|discard|start)\\M'"
           " AND query !~ 'set_config'")


@pytest.fixture
def counted(front, database):
    """Counts the responder's statements while something is asked."""
    def count(ask, condition=READING):
        database.sql("SELECT pg_stat_statements_reset()")
        ask()
        rows = database.sql(f"""SELECT calls, regexp_replace(query, '\\s+', ' ', 'g') FROM pg_stat_statements
            WHERE userid = 'scim_service'::regrole AND {condition}""")
        return sum(int(row.split("|", 1)[0]) for row in rows.splitlines()), rows

    return count


def test_a_read_by_id(acme, counted, unique):
    person = acme.create(unique)

    def ask():
        for _ in range(10):
            assert acme.get(f"/Users/{person['id']}").status == 200

    ask()       # every worker has connected and prepared
    calls, rows = counted(ask)
    # The last use of a token is written at most once a minute.
    assert 10 <= calls <= 11, rows


def test_a_read_of_nobody_and_of_the_known_version(acme, counted, unique):
    person = acme.create(unique)

    def ask():
        acme.get("/Users/00000000-0000-0000-0000-000000000000").error(404)
        assert acme.get(f"/Users/{person['id']}", headers={"If-None-Match": "*"}).status == 304

    ask()
    calls, rows = counted(ask)
    assert calls <= 3, rows


def test_what_cannot_be_right_costs_only_a_note_now_and_then(acme, front, counted, tokens):
    """PostgREST's rule: a bad request must not take a database connection; here, none but for the organization's notes."""
    token = tokens["acme"]
    bearers = (None, "x", token + "x", token[:-1], "sclt_acme_" + "0" * 49)

    def ask():
        for _ in range(80):
            for bad in bearers:
                assert Client(front.url("acme"), bad).get("/Users").status == 401

    calls, rows = counted(ask)
    others = [row for row in rows.splitlines() if "refused_callers" not in row]
    assert not others, others
    # Of 400 calls: each worker notes each of the two reasons once a minute.
    assert calls <= 100, rows
