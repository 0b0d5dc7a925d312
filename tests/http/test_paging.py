"""Reading long lists: by cursor (RFC 9865), by startIndex at any depth, over both types at the root; and totals."""
import base64
import hashlib
import hmac
import os
import re
import subprocess
import time
from urllib.parse import quote, urlencode

import pytest

from harness.client import Client, GROUP, LIST_RESPONSE, SEARCH_REQUEST

# What no web server can change.
pytestmark = pytest.mark.any_front

# How many people the walks are measured with.
MANY = int(os.environ.get("SCIMLET_TEST_PEOPLE", "200000"))
# What is about the database is the same behind every front.
once = pytest.mark.parametrize("front", ["lighttpd"], indirect=True, scope="session")
UNRESERVED = re.compile(r"[A-Za-z0-9._~-]+")


def page(client, path="/Users", **query):
    answer = client.get(f"{path}?{urlencode(query)}")
    assert answer.status == 200, answer
    return answer.json


def walk(client, path="/Users", meanwhile=lambda got: None, **query):
    """All pages by cursor, from the first to the one without nextCursor."""
    cursor, pages = "", []
    while cursor is not None:
        got = page(client, path, cursor=cursor, **query)
        assert got["schemas"] == [LIST_RESPONSE] and "startIndex" not in got
        assert got["itemsPerPage"] == len(got["Resources"])
        pages.append(got)
        cursor = got.get("nextCursor")
        assert cursor is None or UNRESERVED.fullmatch(cursor)
        meanwhile(got)
    return pages


def names(pages, attribute="userName"):
    return [resource.get(attribute) for got in pages for resource in got["Resources"]]


@pytest.fixture(scope="module")
def seven(front, database):
    """Seven people; some lack a title, some share one."""
    org = f"seven-{front.name}"
    client = Client(front.url(org), database.organization(org))
    for n, title in enumerate(["b", None, "A", "b", None, "C", "B"], 1):
        time.sleep(0.002)  # meta.created has milliseconds (RFC 7643 2.3.5); these shall differ
        client.create(f"p{n}", **({"title": title} if title else {}),
                      emails=[{"value": f"x{9 - n}@example.com"}, {"value": f"{n % 3}@example.com", "primary": True}])
    client.org = org
    yield client
    client.close()


# ---- cursors

def test_discovery_tells_of_cursors(acme):
    pagination = acme.get("/ServiceProviderConfig").json["pagination"]
    assert pagination == {"cursor": True, "index": True, "defaultPaginationMethod": "index", "defaultPageSize": 100,
                          "maxPageSize": 1000, "cursorTimeout": 3600}


@pytest.mark.parametrize("count", [1, 2, 3, 6, 7, 8, 1000])
def test_a_walk_shows_everybody_once(seven, count):
    pages = walk(seven, count=count)
    assert names(pages) == [f"p{n}" for n in range(1, 8)]
    assert all(got["totalResults"] == 7 for got in pages)
    assert [got["itemsPerPage"] for got in pages] == [count] * (7 // count) + [7 % count] * (7 % count > 0)


def test_the_first_page_may_be_asked_for_in_two_ways(seven):
    assert seven.get("/Users?cursor&count=2").json["Resources"] == seven.get("/Users?count=2&cursor=").json["Resources"]


def test_index_stays_the_method_of_who_does_not_ask(seven):
    got = page(seven, count=2)
    assert got["startIndex"] == 1 and "nextCursor" not in got


def test_an_empty_and_a_missing_page(seven):
    for count in (0, -3):
        got = page(seven, cursor="", count=count)
        assert (got["totalResults"], got["Resources"]) == (7, []) and "nextCursor" not in got
    got = page(seven, cursor="", filter='userName eq "nobody"')
    assert (got["totalResults"], got["Resources"]) == (0, []) and "nextCursor" not in got


# Missing values last, or first when descending (RFC 7644 3.4.2.3); among equals the older one first.
ORDERS = [
    ({"sortBy": "title"}, "3147625"), ({"sortBy": "title", "sortOrder": "descending"}, "2561473"),
    ({"sortBy": "emails"}, "3614725"), ({"sortBy": "userName", "sortOrder": "descending"}, "7654321"),
    ({"sortBy": "meta.created", "sortOrder": "descending"}, "7654321"), ({"sortBy": "nickName"}, "1234567"),
    ({"sortBy": "nickName", "sortOrder": "descending"}, "1234567"),
    ({"sortBy": "title", "filter": 'emails co "1@"'}, "147"), ({"filter": "title pr"}, "13467"),
]


@pytest.mark.parametrize("query, order", ORDERS)
def test_order_is_the_same_by_index_and_by_cursor(seven, query, order):
    wanted = [f"p{n}" for n in order]
    assert names([page(seven, **query)]) == wanted
    for count in (1, 2, 3):
        assert names(walk(seven, count=count, **query)) == wanted
        by_index = [page(seven, startIndex=start, count=count, **query) for start in range(1, len(order) + 1, count)]
        assert names(by_index) == wanted


def test_a_walk_by_post(seven):
    cursor, found = "", []
    while cursor is not None:
        answer = seven.post("/Users/.search", {"schemas": [SEARCH_REQUEST], "cursor": cursor, "count": 3,
                                               "sortBy": "title", "attributes": ["userName"]})
        assert answer.status == 200
        found += names([answer.json])
        cursor = answer.json.get("nextCursor")
    assert found == [f"p{n}" for n in ORDERS[0][1]]


def test_a_cursor_is_good_more_than_once_and_for_an_equal_question(seven):
    cursor = page(seven, cursor="", count=2, filter='userName sw "P"')["nextCursor"]
    first = page(seven, cursor=cursor, count=2, filter='userName sw "P"')["Resources"]
    assert first == page(seven, cursor=cursor, count=2, filter='USERNAME SW "P"')["Resources"]
    assert [person["userName"] for person in first] == ["p3", "p4"]
    assert page(seven, cursor=cursor, count=2, filter='userName sw "P"', attributes="title")["Resources"]


def test_a_cursor_belongs_to_its_question(seven, organization):
    cursor = page(seven, cursor="", count=2, sortBy="title")["nextCursor"]

    def refused(client, path="/Users", **query):
        client.get(f"{path}?{urlencode({'cursor': cursor, **query})}").error(400, "invalidCursor")

    refused(seven, count=2)
    refused(seven, count=2, sortBy="userName")
    refused(seven, count=2, sortBy="title", sortOrder="descending")
    refused(seven, count=2, sortBy="title", filter="title pr")
    refused(seven, "/Groups", count=2)
    refused(seven, "", count=2, sortBy="title")
    refused(organization(), count=2, sortBy="title")
    seven.get(f"/Users?{urlencode({'cursor': cursor, 'count': 3, 'sortBy': 'title'})}").error(400, "invalidCount")
    seven.get(f"/Users?{urlencode({'cursor': cursor, 'sortBy': 'title'})}").error(400, "invalidCount")


def test_a_changed_cursor_is_noticed(seven):
    cursor = page(seven, cursor="", count=2)["nextCursor"]
    for at in range(len(cursor)):
        other = "A" if cursor[at] != "A" else "B"
        seven.get(f"/Users?count=2&cursor={cursor[:at]}{other}{cursor[at + 1:]}").error(400, "invalidCursor")
    for bad in ("x", "garbage-cursor", cursor[:-1], cursor + "A", cursor + "=", "%20", "ä", "0" * 5000, "..."):
        seven.get(f"/Users?count=2&cursor={quote(bad, safe='%')}").error(400, "invalidCursor")


@pytest.mark.parametrize("count", ["x", "1.5", "1001", "99999999999999999999"])
def test_a_count_that_is_none(seven, count):
    seven.get(f"/Users?cursor=&count={count}").error(400, "invalidCount")


def sealed(database, org, question, payload):
    """A cursor as the responder makes them: it would be believed."""
    key = bytes.fromhex(database.sql(f"SELECT encode(key, 'hex') FROM scim.cursor_keys WHERE org = '{org}'"))
    seal = hmac.new(key, hashlib.sha256(question.encode()).digest() + payload, "sha256").digest()[:16]
    return base64.urlsafe_b64encode(seal + payload).rstrip(b"=").decode()


def test_a_cursor_expires(seven, database):
    def cursor(expires):
        return sealed(database, seven.org, f"{seven.org}\nUser 1\n- - 0\n-",
                      f"{expires}\n2\n2000-01-01T00:00:00Z\n00000000-0000-4000-8000-000000000000".encode())

    assert names([page(seven, cursor=cursor(int(time.time()) + 60), count=2)]) == ["p1", "p2"]
    seven.get(f"/Users?count=2&cursor={cursor(int(time.time()) - 1)}").error(400, "expiredCursor")
    made = page(seven, cursor="", count=2)["nextCursor"]
    expires = int(base64.urlsafe_b64decode(made + "=" * (-len(made) % 4))[16:].split(b"\n")[0])
    assert 3590 < expires - time.time() <= 3601


def test_a_new_key_ends_all_walks(organization, database):
    client = organization()
    for n in range(3):
        client.create(f"p{n}")
    cursor = page(client, cursor="", count=1)["nextCursor"]
    database.sql(f"UPDATE scim.cursor_keys SET key = sha256('another') WHERE org = '{client.org}'")
    client.get(f"/Users?count=1&cursor={cursor}").error(400, "invalidCursor")


@pytest.mark.parametrize("query", [{}, {"sortBy": "userName"}, {"filter": 'userName sw "p"'}])
def test_nobody_is_missed_or_shown_twice_while_people_come_and_go(organization, query):
    client = organization()
    for n in range(30):
        client.create(f"p{n:02}")

    def meanwhile(got):
        """The last who was shown leaves, at whose place the next page begins, and somebody comes."""
        last = got["Resources"][-1]
        client.delete(f"/Users/{last['id']}")
        if last["userName"].startswith("p"):
            client.create(f"a-new-one-{last['userName']}")

    seen = [name for name in names(walk(client, count=4, meanwhile=meanwhile, **query)) if name.startswith("p")]
    assert len(seen) == len(set(seen))
    assert set(seen) == {f"p{n:02}" for n in range(30)}


def test_long_sort_keys_keep_cursors_short(organization):
    client = organization()
    for n in range(4):
        client.create(f"p{n}", title="ß" * 5000 + str(n % 2))
    pages = walk(client, count=1, sortBy="title")
    assert sorted(names(pages)) == [f"p{n}" for n in range(4)]
    assert max(len(got.get("nextCursor", "")) for got in pages) < 2000


# ---- the root

@pytest.fixture(scope="module")
def both(front, database):
    """Three people and two groups, made in turns."""
    org = f"both-{front.name}"
    client = Client(front.url(org), database.organization(org))
    client.org = org
    for name in ("u1", "G1", "u2", "G2", "u3"):
        if name[0] == "u":
            last = client.create(name, displayName=f"Display {name}", title=f"Title {name}")
        else:
            answer = client.post("/Groups", {"schemas": [GROUP], "displayName": name, "members": [{"value": last["id"]}]})
            assert answer.status == 201
    yield client
    client.close()


def shown(got):
    return [resource.get("userName") or resource["displayName"] for resource in got["Resources"]]


USER_URN = "urn:ietf:params:scim:schemas:core:2.0:User"
ROOT_FILTERS = [
    ('userName eq "U1"', ["u1"]),
    ('displayName sw "display"', ["u1", "u2", "u3"]),
    ('displayName eq "g2"', ["G2"]),
    ('userName eq "u3" or displayName eq "g1"', ["G1", "u3"]),
    ("members pr", ["G1", "G2"]),
    ("userName pr", ["u1", "u2", "u3"]),
    ("not (userName pr)", ["G1", "G2"]),
    ('userName ne "u1"', ["G1", "u2", "G2", "u3"]),      # no value differs from any
    ('title eq "title u1" and members pr', []),
    ('emails[type eq "work"]', []),
    ("not (emails[type eq \"work\"])", ["u1", "G1", "u2", "G2", "u3"]),
    ('name.familyName eq "x" or meta.resourceType eq "Group"', ["G1", "G2"]),
    (f'{USER_URN}:displayName pr', ["u1", "u2", "u3"]),
    ('urn:ietf:params:scim:schemas:core:2.0:Group:displayName pr', ["G1", "G2"]),
    ('urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department pr', []),
    ('meta.created gt "2020-01-01T00:00:00Z"', ["u1", "G1", "u2", "G2", "u3"]),
]


@pytest.mark.parametrize("expression, wanted", ROOT_FILTERS)
def test_filters_at_the_root(both, expression, wanted):
    got = page(both, "", filter=expression)
    assert shown(got) == wanted and got["totalResults"] == len(wanted)
    answer = both.post("/.search", {"schemas": [SEARCH_REQUEST], "filter": expression})
    assert answer.status == 200 and answer.json == got
    assert [name for one in walk(both, "", filter=expression, count=2) for name in shown(one)] == wanted


def test_the_root_shows_both_types_whole(both):
    got = page(both, "/")
    assert shown(got) == ["u1", "G1", "u2", "G2", "u3"] and got["totalResults"] == 5
    for resource in got["Resources"]:
        kind = resource["meta"]["resourceType"]
        assert resource == both.get(f"/{kind}s/{resource['id']}").json
    assert shown(page(both, "", startIndex=2, count=2)) == ["G1", "u2"]
    assert page(both, "", count=0)["totalResults"] == 5


def test_the_root_sorts_and_projects(both):
    assert shown(page(both, "", sortBy="displayName")) == ["u1", "u2", "u3", "G1", "G2"]
    assert shown(page(both, "", sortBy="userName")) == ["u1", "u2", "u3", "G1", "G2"]
    assert shown(page(both, "", sortBy="userName", sortOrder="descending")) == ["G1", "G2", "u3", "u2", "u1"]
    walked = walk(both, "", sortBy="userName", sortOrder="descending", count=1)
    assert [name for one in walked for name in shown(one)] == ["G1", "G2", "u3", "u2", "u1"]
    resources = page(both, "", attributes="userName,members.value")["Resources"]
    assert set(resources[0]) == {"id", "schemas", "userName"} and set(resources[1]) == {"id", "schemas", "members"}


def test_what_neither_type_has_is_an_error_at_the_root(both):
    both.get("?" + urlencode({"filter": 'colour eq "x"'})).error(400, "invalidFilter")
    both.get("?sortBy=colour").error(400, "invalidPath")
    both.get("/Users?" + urlencode({"filter": "members pr"})).error(400, "invalidFilter")


def test_the_root_shows_what_the_token_may_read(both, front, database):
    for scopes, wanted in (("users", ["u1", "u2", "u3"]), ("groups", ["G1", "G2"]), ("read", ["u1", "G1", "u2", "G2", "u3"])):
        client = Client(front.url(both.org), database.token(both.org, scopes=scopes))
        assert shown(page(client, "")) == wanted
        client.close()
    client = Client(front.url(both.org), database.token(both.org, scopes="login"))
    client.get("").error(403)
    client.close()


def test_the_root_without_an_organization_in_the_address(both, front):
    client = Client(front.url(None), both.token)
    assert shown(page(client, "")) == ["u1", "G1", "u2", "G2", "u3"]
    assert client.post("/.search", {"schemas": [SEARCH_REQUEST], "filter": "members pr"}).json["totalResults"] == 2
    client.close()


def test_methods_of_the_root(both):
    assert both.post("", {}).headers["allow"] == "GET, HEAD"
    assert both.get("/.search").headers["allow"] == "POST"
    both.get("/.search").error(405)


# ---- totals

def counts(database, org):
    """What is, and what the counts say."""
    return database.sql(f"""SELECT
        (SELECT count(*) FROM scim.users WHERE org = '{org}'),
        (SELECT coalesce(sum(number), 0) FROM scim.resource_counts WHERE org = '{org}' AND resource_type = 'User'),
        (SELECT count(*) FROM scim.groups WHERE org = '{org}'),
        (SELECT coalesce(sum(number), 0) FROM scim.resource_counts WHERE org = '{org}' AND resource_type = 'Group')"""
        ).split("|")


# Statements of every kind, some of which fail or are taken back.
WRITER = """
DO $$
DECLARE
    org CONSTANT text := '{org}';
    name CONSTANT text := 'w{writer}-';
BEGIN
    FOR i IN 1..{rounds} LOOP
        INSERT INTO scim.users (org, user_name) SELECT org, name || i || '-' || j FROM generate_series(1, 3) AS j;
        INSERT INTO scim.groups (org, display_name) VALUES (org, name || i);
        BEGIN
            INSERT INTO scim.users (org, user_name) VALUES (org, name || 'lost' || i);
            DELETE FROM scim.groups WHERE groups.org = '{org}' AND display_name = name || i;
            RAISE EXCEPTION 'taken back';
        EXCEPTION WHEN raise_exception THEN NULL;
        END;
        INSERT INTO scim.users (org, user_name) VALUES (org, 'everybody-' || i) ON CONFLICT DO NOTHING;
        DELETE FROM scim.users WHERE users.org = '{org}' AND user_name = name || i || '-1';
        UPDATE scim.users SET title = 'x' WHERE users.org = '{org}' AND user_name = name || i || '-2';
        IF i % 3 = 0 THEN ROLLBACK; ELSE COMMIT; END IF;
    END LOOP;
END
$$
"""


@once
def test_totals_are_exact_under_parallel_writers(front, database):
    org = "counted"
    client = Client(front.url(org), database.organization(org))
    writers = [subprocess.Popen(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c",
                                 WRITER.format(org=org, writer=writer, rounds=60)], env=database.environment())
               for writer in range(8)]
    seen = set()
    while any(writer.poll() is None for writer in writers):
        users, counted, groups, counted_groups = counts(database, org)     # one snapshot
        assert (users, groups) == (counted, counted_groups)
        got = page(client, count=1000)
        if got["totalResults"] <= 1000:
            assert got["totalResults"] == len(got["Resources"])
        seen.add(got["totalResults"])
    assert [writer.returncode for writer in writers] == [0] * 8
    assert len(seen) > 1
    users, counted, groups, counted_groups = counts(database, org)
    assert (users, groups) == (counted, counted_groups) == ("680", "320")
    client.close()


@once
def test_the_total_of_many_is_not_counted(front, many, database):
    """An unfiltered list reads no more index pages than one page of it needs."""
    assert page(many, count=0)["totalResults"] == MANY
    before = blocks(database)
    assert page(many, count=0)["totalResults"] == MANY
    assert blocks(database) - before < 60


# ---- startIndex

@pytest.fixture(scope="module")
def many(front, database):
    """An organization of very many, shared by the tests that measure."""
    org = "many"
    client = Client(front.url(org), database.organization(org))
    database.sql(f"""
        INSERT INTO scim.users (org, user_name) SELECT '{org}', 'many-' || i FROM generate_series(1, {MANY}) AS i;
        VACUUM ANALYZE scim.users""")
    yield client
    client.close()


def blocks(database):
    """The blocks that the responder has asked for so far."""
    return int(database.sql("""SELECT coalesce(sum(shared_blks_hit + shared_blks_read), 0) FROM pg_stat_statements
        WHERE userid = 'scim_service'::regrole"""))


def cost(client, database, start, count=100):
    before = blocks(database)
    got = page(client, startIndex=start, count=count)
    return blocks(database) - before, got


@once
def test_a_walk_by_start_index_costs_the_same_at_any_depth(front, many, database):
    page(many, startIndex=1, count=100)
    shallow = max(cost(many, database, start)[0] for start in (1, 101, 201))
    deep = MANY - 10_000
    page(many, startIndex=deep, count=100)      # a jump: the walk begins
    seen = []
    for start in range(deep + 100, deep + 1100, 100):
        blocks_read, got = cost(many, database, start)
        assert blocks_read <= shallow * 1.5 + 60, (start, blocks_read, shallow)
        seen += [person["id"] for person in got["Resources"]]
    assert seen == ordered_ids(database, deep + 100, 1000)


def ordered_ids(database, start, count):
    return database.sql(f"""SELECT id FROM scim.users WHERE org = 'many' ORDER BY created, id
        OFFSET {start - 1} LIMIT {count}""").split()


@once
def test_a_jump_reads_the_index_alone(front, many, database):
    start = MANY * 9 // 10
    page(many, startIndex=start + 7, count=10)
    for odd in (MANY // 2 - 3, MANY // 2 + 3, MANY - 5, MANY, MANY + 1, MANY + 20):      # either end may be the nearer
        _, got = cost(many, database, odd, 10)
        assert [person["id"] for person in got["Resources"]] == ordered_ids(database, odd, 10)
    blocks_read, got = cost(many, database, start, 10)
    assert [person["id"] for person in got["Resources"]] == ordered_ids(database, start, 10)
    assert blocks_read < MANY * 0.1 / 100 + 300      # more than a hundred entries a block
    database.sql("SELECT pg_stat_statements_reset()")
    for jump in range(5):
        page(many, startIndex=start + 1000 * jump, count=100)
    spent = float(database.sql("""SELECT min(min_exec_time) FROM pg_stat_statements
        WHERE userid = 'scim_service'::regrole AND query LIKE 'WITH matched%list_anchors%'"""))
    print(f"startIndex={start}: {spent:.1f} ms, {blocks_read} blocks")
    assert spent < 80


@once
def test_start_index_is_exact_when_somebody_left(front, many, database):
    """What was remembered of a walk holds only as long as nobody before it was deleted."""
    for start in (3001, 3101):
        page(many, startIndex=start, count=100)
    database.sql("DELETE FROM scim.users WHERE org = 'many' AND user_name = 'many-77'")
    got = page(many, startIndex=3201, count=100)
    assert [person["id"] for person in got["Resources"]] == ordered_ids(database, 3201, 100)
    assert got["totalResults"] == MANY - 1
    database.sql("INSERT INTO scim.users (org, user_name) VALUES ('many', 'many-77')")


@once
def test_two_clients_do_not_disturb_each_other(front, many, database):
    second = Client(front.url("many"), database.token("many"))
    for client, start in ((many, 5001), (second, 7001), (many, 5101), (second, 7101)):
        got = page(client, startIndex=start, count=100)
        assert [person["id"] for person in got["Resources"]] == ordered_ids(database, start, 100)
    assert database.sql("SELECT count(*) FROM scim.list_anchors WHERE org = 'many'") == "2"
    second.close()


@once
def test_lists_are_answered_when_nothing_can_be_written(front, many, database):
    """A place that cannot be noted is a matter of speed only."""
    database.sql("REVOKE INSERT, UPDATE ON scim.list_anchors FROM scim_service")
    try:
        for start in (9001, 9101):
            got = page(many, startIndex=start, count=100)
            assert [person["id"] for person in got["Resources"]] == ordered_ids(database, start, 100)
        assert "event=walk_not_noted" in front.log()
    finally:
        database.sql("GRANT INSERT, UPDATE ON scim.list_anchors TO scim_service")


@once
def test_a_walk_by_cursor_costs_the_same_at_any_depth(front, many, database):
    created, last = database.sql(f"""SELECT to_char(created AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), id
        FROM scim.users WHERE org = 'many' ORDER BY created, id OFFSET {MANY - 5000} LIMIT 1""").split("|")
    deep = sealed(database, "many", "many\nUser 1\n- - 0\n-",
                  f"{int(time.time()) + 60}\n100\n{created}\n{last}".encode())

    def blocks_of(cursor):
        page(many, cursor=cursor, count=100)
        before = blocks(database)
        page(many, cursor=cursor, count=100)
        return blocks(database) - before

    assert blocks_of(deep) <= blocks_of("") * 1.5
