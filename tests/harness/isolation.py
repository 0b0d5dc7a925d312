"""A hostile client: tokens of one organization, and everything it could know of another, in every position."""
import random
import re
import uuid
from urllib.parse import urlencode

from harness.client import ENTERPRISE, GROUP, PATCH_OP, SEARCH_REQUEST, USER
from harness.fastcgi import FastCgi
from harness.process import Server, install_program, new_directory, tail, wait_until
from harness.settings import CHECKOUT

# Stands in what the victim keeps and the client never sends: not a byte of it may come out.
SECRET = "kanarie"
BULK_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


class Responder:
    """The responder on a socket, as the service login of a database."""

    def __init__(self, database, program=None, workers=2):
        self.directory = new_directory("sclt-iso-")
        self.socket, self.log = self.directory / "scimlet.sock", self.directory / "log"
        self.program = program or install_program(self.directory)[0]
        environment = {"SCIMLET_DATABASE": database.conninfo("scim_service"), "SCIMLET_PUBLIC_URL": "http://iso.test"}
        self.server = Server("responder", [self.program, "--listen", self.socket, "--workers", workers, "--mode", "0600"],
                             self.log, environment=environment, cwd=self.directory)

    def __enter__(self):
        self.server.start()
        wait_until(self.answers, 20, f"the responder answers:\n{tail(self.log)}")
        return self

    def answers(self):
        self.server.check()
        try:
            return self.client("acme", "").request("GET", "/healthz").status == 200
        except OSError:
            return False

    def __exit__(self, *_):
        self.server.stop()

    def client(self, org, token):
        return FastCgi(self.socket, token, base=f"/scim/v2/{org}")


def routes():
    """The rows of the responder's own table of operations."""
    source = (CHECKOUT / "src/serve/operation.c").read_text()
    return set(re.findall(r'\{ HTTP_(\w+), "(\w*)", ITEM_(\w+),', source))


class Victim:
    """An organization full of secrets, and what others may have learned of it."""

    def __init__(self, client, token):
        self.token = token
        self.names = [f"victim{number}@b.example" for number in range(8)]
        self.users, self.groups, self.externals = [], [], []
        for number, name in enumerate(self.names):
            self.externals.append(f"ext-{number}")
            self.users.append(self.make(client, "/Users", {
                "schemas": [USER, ENTERPRISE], "userName": name, "externalId": f"ext-{number}",
                "displayName": f"{SECRET} display {number}", "title": f"{SECRET} title",
                "name": {"givenName": f"{SECRET} given", "familyName": f"{SECRET} family"},
                "emails": [{"value": f"{SECRET}{number}@b.example", "type": "work"}],
                ENTERPRISE: {"department": f"{SECRET} department",
                             "manager": {"value": self.users[0]} if self.users else {}}}))
        for number in range(3):
            self.groups.append(self.make(client, "/Groups", {
                "schemas": [GROUP], "displayName": f"Victims {number}", "externalId": f"{SECRET} {number}",
                "members": [{"value": user} for user in self.users[number:]]
                + [{"value": group} for group in self.groups[-1:]]}))
        page = client.request("GET", "/Users?cursor&count=2")
        self.cursors = [page.json["nextCursor"]]
        self.ids = self.users + self.groups

    @staticmethod
    def make(client, path, body):
        answer = client.request("POST", path, body)
        assert answer.status == 201, answer
        return answer.json["id"]


class Attacker:
    """Random requests with good tokens of its own organization; the same for the same seed."""

    def __init__(self, victim, own, token, seed, victim_org="other", org="acme"):
        self.random = random.Random(seed)
        self.victim, self.own, self.token = victim, own, token
        self.org, self.victim_org = org, victim_org
        self.serial = 0

    # What may be put anywhere.

    def id(self):
        pick = self.random.random()
        if pick < 0.75:
            return self.random.choice(self.victim.ids)
        if pick < 0.9:
            return self.random.choice(self.own)
        return self.random.choice([str(uuid.UUID(int=self.random.getrandbits(128))), "*", "'", "other", "0"])

    def word(self):
        victim = self.victim
        return self.random.choice([*victim.names, *victim.externals, *victim.ids, "Victims 1", "*", "%", "' OR true --",
                                   '" or userName pr or title eq "'])

    def quoted(self):
        return '"' + self.word().replace("\\", "\\\\").replace('"', '\\"') + '"'

    def filter(self):
        attribute = self.random.choice(["userName", "id", "externalId", "displayName", "emails.value", "emails", "title",
                                        "members", "members.value", "groups.value", "manager.value",
                                        f"{ENTERPRISE}:manager.value", "meta.location", "name.familyName"])
        term = self.random.choice([
            lambda: f"{attribute} {self.random.choice(['eq', 'ne', 'sw', 'co', 'ew', 'gt', 'le'])} {self.quoted()}",
            lambda: f"{attribute} pr",
            lambda: f"not ({attribute} eq {self.quoted()})",
            lambda: f"emails[type eq \"work\" and value eq {self.quoted()}]",
        ])
        terms = [term() for _ in range(self.random.choice([1, 1, 2, 3]))]
        return self.random.choice([" or ", " and "]).join(terms)

    def person(self):
        self.serial += 1
        name = self.word() if self.random.random() < 0.4 else f"own{self.serial}-{self.random.getrandbits(40)}"
        return {"schemas": [USER, ENTERPRISE], "userName": name, "externalId": self.word(), "id": self.id(),
                "org": self.victim_org, "emails": [{"value": self.word()}], "groups": [{"value": self.id()}],
                "meta": {"location": f"http://iso.test/scim/v2/{self.victim_org}/Users/{self.id()}"},
                ENTERPRISE: {"manager": {"value": self.id(), "$ref": f"../{self.victim_org}/Users/{self.id()}"}}}

    def team(self):
        self.serial += 1
        return {"schemas": [GROUP], "displayName": f"{self.word()} {self.serial} {self.random.getrandbits(40)}",
                "externalId": self.word(), "members": self.members()}

    def login(self):
        return {"subject": self.word(), "email": self.word(), "account": self.id()}

    def members(self):
        return [{"value": self.id(), "$ref": f"http://iso.test/scim/v2/{self.victim_org}/Users/{self.id()}",
                 "type": self.random.choice(["User", "Group"])} for _ in range(self.random.choice([0, 1, 1, 3]))]

    def patch(self):
        op = self.random.choice(["add", "replace", "remove"])
        value = self.random.choice([self.members, self.word, lambda: {"members": self.members(), "userName": self.word()},
                                    lambda: [{"value": self.word()}]])()
        path = self.random.choice(["members", f"members[value eq {self.quoted()}]", "userName", "externalId", "emails",
                                   f"emails[value eq {self.quoted()}].value", f"{ENTERPRISE}:manager",
                                   f"{ENTERPRISE}:manager.value", "groups", "displayName", None])
        operation = {"op": op, "value": value, **({"path": path} if path else {})}
        return {"schemas": [PATCH_OP], "Operations": [operation]}

    def query(self):
        wanted = {"filter": self.filter, "cursor": lambda: self.random.choice([*self.victim.cursors, ""]),
                  "startIndex": lambda: str(self.random.randrange(-1, 40)), "count": lambda: str(self.random.randrange(0, 60)),
                  "sortBy": lambda: self.random.choice(["userName", "id", "meta.created", "displayName"]),
                  "attributes": lambda: self.random.choice(["userName,title", "members", "groups", "id", "emails"])}
        names = self.random.sample(list(wanted), self.random.choice([0, 1, 1, 2]))
        return {name: wanted[name]() for name in names}

    def encoded(self):
        query = urlencode(self.query())
        return f"?{query}" if query else ""

    def search(self):
        query = self.query()
        return {"schemas": [SEARCH_REQUEST], **{name: int(value) if name in ("startIndex", "count") else value
                                                for name, value in query.items()}}

    def bulk(self):
        operations = []
        for number in range(self.random.choice([1, 2, 4])):
            method, path, data = self.random.choice([
                ("POST", "/Users", self.person), ("POST", "/Groups", self.team),
                ("PUT", f"/Users/{self.id()}", self.person), ("PUT", f"/Groups/{self.id()}", self.team),
                ("PATCH", f"/Users/{self.id()}", self.patch), ("PATCH", f"/Groups/{self.id()}", self.patch),
                ("DELETE", f"/Users/{self.id()}", None), ("DELETE", f"/Groups/{self.id()}", None)])
            operation = {"method": method, "path": path, "bulkId": self.random.choice([f"b{number}", self.id()])}
            if data:
                operation["data"] = data()
                if self.random.random() < 0.3 and path.startswith("/Groups") and method != "PATCH":
                    operation["data"]["members"] = [{"value": f"bulkId:{self.random.choice(['b0', self.id()])}"}]
            operations.append(operation)
        return {"schemas": [BULK_REQUEST], "Operations": operations}

    # A request for each row of the table of operations.

    def request_of(self, route):
        method, endpoint, item = route
        path = f"/{endpoint}" if endpoint else ""
        if item == "SEARCH":
            return method, f"{path}/.search", self.search()
        if item == "ID":
            path = f"{path}/{self.id()}"
        bodies = {("POST", "Users"): self.person, ("PUT", "Users"): self.person, ("PATCH", "Users"): self.patch,
                  ("POST", "Groups"): self.team, ("PUT", "Groups"): self.team, ("PATCH", "Groups"): self.patch,
                  ("POST", "Bulk"): self.bulk, ("POST", "logins"): self.login, ("POST", "Me"): self.person, ("PUT", "Me"): self.person,
                  ("PATCH", "Me"): self.patch}
        if method in ("GET", "DELETE"):
            return method, path + (self.encoded() if method == "GET" else ""), None
        return method, path, bodies[method, endpoint]()

    def disguise(self):
        """The organization in the address and the token; mostly one's own, so that much gets through."""
        if self.random.random() < 0.93:
            return self.org, self.token
        token = self.random.choice([self.token, self.token.replace(self.org, self.victim_org), self.token[:-1], "",
                                    self.token.swapcase(), f"sclt_{self.victim_org}_" + "0" * 49])
        return self.random.choice([self.org, self.victim_org, self.victim_org]), token


# What a caller without a good token leaves in the books of the organization that it called, by intention.
BOOKS_OF_CALLERS = ("refused_callers", "milestones")


def rows_of(database, org):
    """A digest of each relation's rows of an organization."""
    tables = database.sql("""
        SELECT DISTINCT attrelid::regclass FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
         WHERE relnamespace = 'scim'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND attname = 'org'
         ORDER BY 1""").split()
    tables = [table for table in tables if table.removeprefix("scim.") not in BOOKS_OF_CALLERS]
    assert "scim.users" in tables and "scim.audit_events" in tables
    digests = database.sql(";".join(
        f"SELECT count(*), md5(string_agg(line::text, '|' ORDER BY line::text)) FROM {table} AS line WHERE org = '{org}'"
        for table in tables))
    return dict(zip(tables, digests.split("\n")))


def check(victim, request, answer):
    """Not a foreign byte in the answer."""
    said = answer.body + repr(answer.headers).encode()
    assert answer.status not in (500, 502), (request, answer)
    assert SECRET.encode() not in said, (request, answer)
    for found in re.findall(rb'"id": ?"([^"]*)"', answer.body):
        assert found.decode() not in victim.ids, (request, answer)
