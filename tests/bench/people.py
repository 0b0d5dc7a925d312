"""The people that are asked for, and what is asked about them."""
import itertools
import json
from urllib.parse import quote

from harness.client import ENTERPRISE, USER

# New people go to an organization of their own, so that the lists of the other one stay as long as they were.
ORG, ORG_OF_NEW = "bench", "bench-new"
CHUNK = 50_000
SAMPLE = 1_000

# As much as an identity provider sends about an employee; {n} is the person's number.
PERSON = {
    "schemas": [USER, ENTERPRISE],
    "userName": "Person-{n}@example.com",
    "externalId": "00u{n}",
    "displayName": "Person {n} of Example",
    "name": {"formatted": "Ms. Given-{n} Middle Family-{n}", "givenName": "Given-{n}", "familyName": "Family-{n}",
             "middleName": "Middle", "honorificPrefix": "Ms."},
    "nickName": "Nick {n}",
    "profileUrl": "https://people.example.com/person-{n}",
    "title": "Tour Guide",
    "userType": "Employee",
    "preferredLanguage": "en-US",
    "locale": "en-US",
    "timezone": "America/Los_Angeles",
    "active": True,
    "emails": [{"value": "person-{n}@example.com", "type": "work", "primary": True},
               {"value": "person-{n}@home.example.org", "type": "home"}],
    "phoneNumbers": [{"value": "tel:+1-555-{n}", "type": "work"}, {"value": "tel:+1-556-{n}", "type": "mobile"}],
    "addresses": [{"type": "work", "primary": True, "streetAddress": "100 Universal City Plaza",
                   "locality": "Hollywood", "region": "CA", "postalCode": "91608", "country": "US",
                   "formatted": "100 Universal City Plaza\nHollywood, CA 91608 USA"}],
    ENTERPRISE: {"employeeNumber": "{n}", "costCenter": "4130", "organization": "Example", "division": "Tours",
                 "department": "Tour Operations", "manager": {"value": "00u1"}},
}


def load(database, first, last, tell):
    """Put the people first to last into the organization, as a DBA would; the triggers do their work."""
    for start in range(first, last + 1, CHUNK):
        end = min(start + CHUNK - 1, last)
        database.sql(f"""INSERT INTO scim.users (org, resource)
            SELECT '{ORG}', replace($person${json.dumps(PERSON)}$person$, '{{n}}', n::text)::jsonb
              FROM generate_series({start}, {end}) AS n""")
        tell(f"{end:,} people")
    # What autovacuum would do after a while: lists read the visibility map, the planner the statistics.
    database.sql("VACUUM (ANALYZE) scim.users; VACUUM (ANALYZE) scim.user_emails")


def sample(database):
    """Some people anywhere in the organization: pairs of number and id."""
    rows = database.sql(f"""SELECT substring(external_id FROM 4), id FROM scim.users WHERE org = '{ORG}'
        ORDER BY md5(external_id) LIMIT {SAMPLE}""")
    return [tuple(row.split("|")) for row in rows.splitlines()]


class Operation:
    """A kind of request. In path and body {n} and {id} stand for somebody who is there, {new} for a word of its own."""

    def __init__(self, title, method, path, body="", org=ORG, status=200):
        self.title, self.method, self.path, self.body, self.org, self.status = title, method, path, body, org, status

    def requests(self, people):
        """As many different requests as there are people; {new} is left for the one who sends."""
        for number, person in people:
            yield (self.method, f"/scim/v2/{self.org}" + self.path.replace("{n}", number).replace("{id}", person),
                   self.body)


def by_filter(title, expression):
    return Operation(title, "GET", "/Users?filter=" + quote(expression, safe="{}"))


# What goes through the web servers.
OPERATIONS = {
    "get": Operation("GET by id", "GET", "/Users/{id}"),
    "create": Operation("POST user", "POST", "/Users", json.dumps(PERSON).replace("{n}", "{new}"), ORG_OF_NEW, 201),
    "list": Operation("list of 100", "GET", "/Users?count=100"),
    "user_name": by_filter("userName eq", 'userName eq "person-{n}@example.com"'),
}
# What is also looked at without them.
MORE = {
    "list_of_50": Operation("list of 50", "GET", "/Users?count=50"),
    "list_anywhere": Operation("list of 100 from anywhere", "GET", "/Users?count=100&startIndex={n}"),
    "external_id": by_filter("externalId eq", 'externalId eq "00u{n}"'),
    "email": by_filter("emails.value eq", 'emails.value eq "person-{n}@example.com"'),
    "work_email": by_filter("emails[type, value] eq", 'emails[type eq "work" and value eq "person-{n}@example.com"]'),
}

new_number = itertools.count(1)


def ask(responder, operation, people, count):
    """Send that many requests of a kind to a responder; each must succeed."""
    requests = itertools.cycle(operation.requests(people))
    for method, path, body in itertools.islice(requests, count):
        body = body.replace("{new}", f"direct-{next(new_number)}").encode()
        answer = responder.request(operation.org, method, path, body)
        if answer.status != operation.status:
            raise AssertionError(f"{method} {path}: {answer}")
