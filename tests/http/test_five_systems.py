"""Five systems side by side in one database, each by settings alone (product.md), each living through its own story."""
import json
from urllib.parse import quote

import pytest

from harness.client import ENTERPRISE, GROUP, USER, Client
from harness.settings import CHECKOUT

# What a system is about is the same behind every front.
once = pytest.mark.parametrize("front", ["lighttpd"], indirect=True, scope="session")

# The README shows the same.
SYSTEMS = {
    "Apollo.io": ["require_sso=on", "email_change=reassign", "on_deactivate=remove", "push_groups=off"],
    "Apollo GraphOS": ["require_sso=on", "required_attributes=name.givenName,name.familyName,emails", "idp=okta"],
    "Apidog": ["require_sso=on", "update_users=off", "on_deactivate=remove", "push_groups=off"],
    "Popl (Okta)": ["require_sso=on", "idp=okta"],
    "Popl (Entra)": ["require_sso=on", "push_groups=off", "idp=entra"],
    "Apono": ["groups_to_sync=apono-*", "on_deactivate=remove", "idp=okta"],
}
SSO = ["sso_protocol=saml", "sso_entity_id=https://idp.example.com/entity", "sso_sign_on_url=https://idp.example.com/sso"]
OKTA = {"User-Agent": "Okta SCIM Client 1.0.0", "Content-Type": "application/scim+json; charset=utf-8"}
ENTRA = {"Content-Type": "application/scim+json; charset=utf-8"}


class System:
    """One organization: its identity provider (Okta or Entra by the words it uses) and its application."""

    def __init__(self, name, front, database, agent):
        self.name, self.database, self.agent = name, database, agent
        self.org = "five-" + "".join(c if c.isalnum() else "-" for c in name.lower()).strip("-").replace("--", "-")
        database.scimlet("org", "create", self.org, "--name", name)
        database.scimlet("org", "set", self.org, *SYSTEMS[name])
        if "require_sso=on" in SYSTEMS[name]:
            early = database.scimlet("token", "create", self.org, check=False)
            assert early.returncode == 4 and "sso_entity_id" in early.stderr, "no token before single sign-on"
            database.scimlet("org", "set", self.org, *SSO)
        self.provider = Client(front.url(self.org), database.token(self.org, name="The identity provider"))
        self.application = Client(front.url(self.org), database.token(self.org, scopes="login"))

    def close(self):
        self.provider.close()
        self.application.close()

    def look(self, user_name):
        found = self.provider.get("/Users?filter=" + quote(f'userName eq "{user_name}"'), headers=self.agent).json
        return found["Resources"][0] if found["totalResults"] else None

    def assign(self, user_name, external_id, given="Jane", family="Doe", **more):
        """As both do it: look, then create."""
        assert self.look(user_name) is None
        body = {"schemas": [USER, ENTERPRISE], "userName": user_name, "externalId": external_id, "active": True,
                "name": {"givenName": given, "familyName": family},
                "emails": [{"primary": True, "type": "work", "value": user_name}], **more}
        return self.provider.post("/Users", body, headers=self.agent)

    def patch(self, path, *operations):
        return self.provider.patch(path, *operations, headers=self.agent)

    def okta_active(self, person, active):
        return self.patch(f"/Users/{person['id']}", {"op": "replace", "value": {"active": active}})

    def entra_active(self, person, active):
        return self.patch(f"/Users/{person['id']}", {"op": "Replace", "path": "active", "value": str(active)})

    def push(self, name, *people):
        """Okta's group push: the empty group, then its members."""
        group = self.provider.post("/Groups", {"schemas": [GROUP], "displayName": name, "members": []},
                                   headers=self.agent)
        if group.status == 201 and people:
            self.patch(f"/Groups/{group.json['id']}",
                       {"op": "add", "path": "members", "value": [{"value": person["id"]} for person in people]})
        return group

    def login(self, subject, account=None):
        return self.application.post("/logins", {"subject": subject, "email": subject, "account": account}).json

    def sql(self, columns, relation, order):
        rows = self.database.sql(f"SET ROLE scim_reader; SELECT row_to_json(row) FROM (SELECT {columns} "
                                 f"FROM scim.{relation} WHERE org = '{self.org}' ORDER BY {order}) AS row")
        return [tuple(json.loads(row).values()) for row in rows.splitlines()]

    def people(self):
        return self.sql("user_name, status, account", "people", "user_name")

    def seats(self):
        return self.sql("taken", "seats", "org")[0][0]

    def log(self):
        return self.sql("action, result, reason", "request_log", "at")

    def refusals(self):
        return [(action, reason) for action, result, reason in self.log() if result == "refused"]


@pytest.fixture
def systems(front, database):
    """All of them at once, made anew for the story."""
    made = {name: System(name, front, database, ENTRA if "Entra" in name or name == "Apidog" else OKTA)
            for name in SYSTEMS}
    yield made
    for system in made.values():
        system.close()


def apollo_io(system):
    """The email cannot be changed in place: unassign and assign again. No groups."""
    jane = system.assign("jane@apollo.example", "00u1").json
    assert system.login("jane@apollo.example", "apollo-1")["decision"] == "let_in"
    renamed = {"op": "replace", "path": 'emails[type eq "work"].value', "value": "jane.smith@apollo.example"}
    assert "assign again" in system.patch(f"/Users/{jane['id']}", renamed).error(400, "mutability")
    assert system.provider.delete(f"/Users/{jane['id']}").status == 204
    assert system.people() == [] and system.seats() == 0
    assert system.login("jane@apollo.example")["reason"] == "login.removed"
    again = system.assign("jane.smith@apollo.example", "00u1").json
    assert again["id"] == jane["id"], "the same externalId is the same person"
    system.push("Sales", again).error(403)
    assert system.provider.get("/Groups").json["totalResults"] == 0
    assert system.okta_active(again, False).status == 200
    assert [(name, status) for name, status, _ in system.people()] == [("jane.smith@apollo.example", "removed")]
    assert system.refusals() == [("update", "attr.email_reassign"), ("login", "login.removed"),
                                 ("create", "action.groups_off")]


def apollo_graphos(system):
    """userName, givenName, familyName and email are required; groups are pushed; a lost key is revoked."""
    assert "name.familyName" in system.assign("jane@graph.example", "00u1", family="").error(400, "invalidValue")
    jane = system.assign("jane@graph.example", "00u1").json
    assert system.push("Graph Admins", jane).status == 201
    system.database.scimlet("group", "map", system.org, "graph admins", "--team", "studio", "--role", "admin")
    assert system.sql("team, role, user_name", "team_members", "1") == [("studio", "admin", "jane@graph.example")]
    assert system.login("jane@graph.example", "studio-1")["status"] == "active"
    assert system.okta_active(jane, False).status == 200
    assert system.people() == [("jane@graph.example", "suspended", "studio-1")]
    assert system.sql("team", "team_members", "1") == [], "who is deactivated is in no team"
    assert system.login("jane@graph.example")["reason"] == "login.suspended"
    assert system.okta_active(jane, True).status == 200
    assert system.login("jane@graph.example")["account"] == "studio-1"
    key = json.loads(system.database.scimlet("-o", "json", "token", "list", system.org).stdout)
    lost = next(token for token in key if token["label"] == "The identity provider")
    system.database.scimlet("token", "revoke", system.org, lost["id"])
    assert system.provider.get("/Users").status == 401
    assert system.refusals() == [("create", "attr.required"), ("login", "login.suspended")]


def apidog(system):
    """Provisioned people take no seat; the first sign-in does; no updates, no groups; removed means unlinked."""
    jane = system.assign("jane@apidog.example", "oid-1").json
    assert system.people() == [("jane@apidog.example", "provisioned", None)] and system.seats() == 0
    title = {"op": "Add", "path": "title", "value": "Lead"}
    assert "switched off" in system.patch(f"/Users/{jane['id']}", title).error(403)
    assert system.login("oid-1", "apidog-7")["status"] == "active" and system.seats() == 1
    assert system.entra_active(jane, False).status == 200
    assert system.people() == [("jane@apidog.example", "removed", None)] and system.seats() == 0
    assert system.login("oid-1", "apidog-7")["reason"] == "login.removed"
    assert system.entra_active(jane, True).status == 200
    assert system.login("oid-1", "apidog-7")["account"] == "apidog-7", "the account itself has stayed"
    system.push("Team", jane).error(403)
    assert system.refusals() == [("update", "action.update_off"), ("login", "login.removed"),
                                 ("create", "action.groups_off")]


def popl(okta, entra):
    """Name and email are enough; groups come from Okta and not from Entra."""
    jane, john = okta.assign("jane@popl.example", "00u1").json, entra.assign("john@popl.example", "oid-1").json
    assert okta.push("Cards", jane).status == 201
    entra.push("Cards", john).error(403)
    assert okta.provider.get("/Groups").json["totalResults"] == 1
    assert entra.provider.get("/Groups").json["totalResults"] == 0
    name = {"op": "Replace", "path": "name.givenName", "value": "Johnny"}
    assert entra.patch(f"/Users/{john['id']}", name).json["name"]["givenName"] == "Johnny"
    assert okta.okta_active(jane, False).status == 200 and entra.entra_active(john, False).status == 200
    assert okta.people() == [("jane@popl.example", "suspended", None)]
    assert entra.people() == [("john@popl.example", "suspended", None)]
    assert okta.refusals() == [] and entra.refusals() == [("create", "action.groups_off")]


def apono(system):
    """Groups to sync feed access; other groups are stored and not seen; deactivated or removed means terminated."""
    jane = system.assign("jane@apono.example", "00u1").json
    john = system.assign("john@apono.example", "00u2", given="John").json
    system.database.scimlet("group", "map", system.org, "*", "--team", "production", "--role", "on-call")
    assert system.push("Everyone", jane, john).status == 201
    assert system.sql("user_name", "team_members", "1") == [], "not among the groups to sync"
    assert system.push("apono-oncall", jane).status == 201
    assert system.sql("user_name, role", "team_members", "1") == [("jane@apono.example", "on-call")]
    assert ("create", "ignored", "group.not_synced") in system.log()
    system.database.scimlet("org", "set", system.org, "groups_to_sync=apono-*,Everyone")
    assert system.sql("user_name", "team_members", "1") == [("jane@apono.example",), ("john@apono.example",)]
    assert system.okta_active(jane, False).status == 200
    assert system.provider.delete(f"/Users/{john['id']}").status == 204
    assert system.people() == [("jane@apono.example", "removed", None)]
    assert system.sql("user_name", "team_members", "1") == []
    assert system.login("jane@apono.example", "x")["reason"] == "login.removed"
    assert system.login("john@apono.example", "x")["reason"] == "login.unknown"


@once
def test_five_systems(systems):
    apollo_io(systems["Apollo.io"])
    apollo_graphos(systems["Apollo GraphOS"])
    apidog(systems["Apidog"])
    popl(systems["Popl (Okta)"], systems["Popl (Entra)"])
    apono(systems["Apono"])


def test_readme_shows_these_settings():
    lines = (CHECKOUT / "README.md").read_text().splitlines()
    start = lines.index("| system | settings (`scimlet org set`) |") + 2
    rows = [line.strip("| ").split(" | ") for line in lines[start:start + len(SYSTEMS)]]
    assert {name: settings.strip("`").split(" ") for name, settings in rows} == SYSTEMS
