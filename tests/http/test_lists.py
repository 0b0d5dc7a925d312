"""Lists: pages, counts and filters (RFC 7644 3.4.2)."""
from urllib.parse import quote, urlencode

import pytest

from harness.client import Client, ENTERPRISE, LIST_RESPONSE, SEARCH_REQUEST


@pytest.fixture(scope="module")
def people(front, database):
    """Seven persons, alone in an organization; what a list shows of them is known."""
    org = f"list-{front.name}"
    client = Client(front.url(org), database.organization(org))
    persons = []
    for n in range(1, 8):
        persons.append(client.create(
            f"P{n}@Example.com", externalId=f"Ext{n}", displayName=f"Person {n % 2}", active=n != 3,
            emails=[{"value": f"P{n}@work.example", "type": "work"}, {"value": f"shared{n % 2}@home.example"}],
            **{ENTERPRISE: {"department": "D" + str(n % 3)}}))
    yield client, persons
    client.close()


def listed(answer):
    """The userNames' numbers of a list, which must be sound in itself."""
    assert answer.status == 200, answer
    page = answer.json
    assert page["schemas"] == [LIST_RESPONSE]
    resources = page.get("Resources", [])
    assert page["itemsPerPage"] == len(resources)
    assert isinstance(page["totalResults"], int) and isinstance(page["startIndex"], int)
    return [int(resource["userName"][1]) for resource in resources]


@pytest.mark.parametrize("query, start, numbers", [
    ("", 1, [1, 2, 3, 4, 5, 6, 7]),
    ("startIndex=1&count=3", 1, [1, 2, 3]),
    ("startIndex=4&count=3", 4, [4, 5, 6]),
    ("startIndex=7&count=3", 7, [7]),
    ("startIndex=8", 8, []),
    ("startIndex=2147483648", 2147483648, []),
    ("startIndex=0&count=2", 1, [1, 2]),
    ("startIndex=-5&count=2", 1, [1, 2]),
    ("count=0", 1, []),
    ("count=-1", 1, []),
    ("count=2147483648", 1, [1, 2, 3, 4, 5, 6, 7]),
    ("startindex=2&COUNT=1", 2, [2]),       # Entra's inbound client writes startindex
    ("unknown=1&count=1", 1, [1]),
    ("count=1&", 1, [1]),
])
def test_pages(people, query, start, numbers):
    answer = people[0].get(f"/Users?{query}")
    assert listed(answer) == numbers
    assert answer.json["totalResults"] == 7
    assert answer.json["startIndex"] == start


@pytest.mark.parametrize("query", ["startIndex=x", "count=1.5", "count=1e2", "startIndex=", "count=%20",
                                   "startIndex=99999999999999999999999"])
def test_numbers_that_are_none(people, query):
    """Refused, or taken as if absent; never an error of the server (RFC 7644 says nothing)."""
    assert people[0].get(f"/Users?{query}").status in (200, 400)


def test_the_order_is_that_of_creation(people):
    client, _ = people
    whole = listed(client.get("/Users"))
    pages = [n for start in range(1, 8) for n in listed(client.get(f"/Users?startIndex={start}&count=1"))]
    assert pages == whole == sorted(whole)


def test_a_list_shows_whole_resources(people):
    client, persons = people
    assert client.get("/Users").json["Resources"] == persons


FILTERS = [
    ('userName eq "p2@example.COM"', [2]),
    ('USERNAME EQ "p2@example.com"', [2]),
    ('urn:ietf:params:scim:schemas:core:2.0:User:userName eq "p2@example.com"', [2]),
    ('userName eq "nobody"', []),
    ('externalId eq "Ext4"', [4]),
    ('externalId eq "ext4"', []),
    ('emails eq "p5@work.example"', [5]),
    ('emails.value eq "P5@WORK.example"', [5]),
    ('emails[type eq "work"].value eq "p5@work.example"', [5]),
    ('emails[type eq "work"].value eq "shared1@home.example"', []),
    ('emails[type eq "work" and value eq "p6@work.example"]', [6]),
    ('emails eq "shared1@home.example"', [1, 3, 5, 7]),
    ('emails.type eq "work"', [1, 2, 3, 4, 5, 6, 7]),
    ('displayName eq "person 1"', [1, 3, 5, 7]),
    ('active eq true', [1, 2, 4, 5, 6, 7]),
    ('active eq false', [3]),
    ('active eq "False"', [3]),
    ('userName eq "p1@example.com" and active eq true', [1]),
    ('userName eq "p3@example.com" and active eq true', []),
    ('displayName eq "Person 1" and emails eq "shared1@home.example" and active eq true', [1, 5, 7]),
    ('(userName eq "p1@example.com")', [1]),
    ('userName eq "\\u0070\\u0031@example.com"', [1]),
    ('id eq "00919288221112222"', []),
    ('userName eq "x\' OR 1=1 --"', []),
    ('userName eq "%"', []),
    ('userName eq "p_@example.com"', []),
    ('userName eq "\\"\\\\"', []),
]


@pytest.mark.parametrize("expression, numbers", FILTERS)
def test_filters(people, expression, numbers):
    for query in (quote(expression), quote(expression, safe="\"[]@:").replace("%20", "+")):
        answer = people[0].get(f"/Users?filter={query}")
        assert listed(answer) == numbers
        assert answer.json["totalResults"] == len(numbers)


def test_filter_on_id(people):
    client, persons = people
    for expression in (f'id eq "{persons[1]["id"]}"', f'id eq "{persons[1]["id"]}" and active eq true'):
        assert listed(client.get("/Users?" + urlencode({"filter": expression}))) == [2]


def test_a_filtered_list_has_pages(people):
    answer = people[0].get("/Users?" + urlencode({"filter": 'displayName eq "person 1"', "startIndex": 2, "count": 2}))
    assert listed(answer) == [3, 5]
    assert answer.json["totalResults"] == 4


@pytest.mark.parametrize("expression", [
    "", " ", "userName", "userName eq", "eq", 'userName eq "x', "userName eq x", 'userName eq "x" and',
    '(userName eq "x"', 'userName eq "x")', 'userName is "x"', 'userName eq "x" userName eq "y"', "not userName pr",
    'emails[type eq "work"', 'emails[type eq "work"].', 'userName eq "\\x"', 'userName eq "\\ud800"',
    'favouriteColour eq "x"', 'name.colour eq "x"', 'urn:example:User:x eq "y"', 'active gt true',
    'password eq "x"', "userName eq 'x'", 'userName eq "x"; DROP TABLE users', "(" * 2000, 'userName eq "a\\u0000b"',
])
def test_filters_that_are_none(people, expression):
    people[0].get("/Users?" + urlencode({"filter": expression})).error(400, "invalidFilter")


def test_a_filter_error_says_where(people):
    detail = people[0].get("/Users?" + urlencode({"filter": 'userName eq "x" and colour eq 1'})).error(
        400, "invalidFilter")
    assert "colour" in detail and "21" in detail


def test_a_query_is_decoded_once(people):
    assert listed(people[0].get("/Users?filter=userName%20eq%20%22p1%2540example.com%22")) == []
    for undecodable in ("%FF", "%zz", "%4", "userName%20eq%20%22a%00b%22"):    # lighttpd refuses some by itself
        assert people[0].get(f"/Users?filter={undecodable}", check=False).status == 400


def test_search_by_post_is_the_same(people):
    search = {"schemas": [SEARCH_REQUEST], "filter": 'displayName eq "person 1"', "startIndex": 2, "count": 2,
              "attributes": ["userName"]}
    answer = people[0].post("/Users/.search", search)
    assert listed(answer) == [3, 5]
    assert set(answer.json["Resources"][0]) == {"id", "schemas", "userName"}


def test_lists_stay_inside_the_organization(people, acme, unique):
    acme.create(unique)
    answer = people[0].get("/Users?" + urlencode({"filter": f'userName eq "{unique}"'}))
    assert listed(answer) == []


@pytest.mark.parametrize("start", ["9223372036854775807", "99999999999999999999", "1000000000000000"])
def test_a_start_far_behind_the_end(acme, start):
    answer = acme.get(f"/Users?startIndex={start}")
    assert answer.status == 200 and answer.json["Resources"] == []
