"""The same stories over HTTP and by the functions of the database: the same people, groups, log and audit."""
import json
import re

import pytest

from harness.client import GROUP, USER

pytestmark = pytest.mark.any_front

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
JANE = {"userName": "Jane@example.com", "externalId": "7", "displayName": "Jane",
        "emails": [{"value": "jane@example.com", "type": "work", "primary": True}],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "R"}}
BOB = {"userName": "bob", "externalId": "8"}
SUE = {"userName": "sue@other.test", "externalId": "9", "active": False}


class OverHttp:
    """An identity provider: looks for somebody, then creates or replaces."""

    def __init__(self, client, database):
        self.client, self.database, self.org = client, database, client.org

    def find(self, kind, table, *filters):
        for condition in filters:
            found = self.database.sql(f"SELECT id FROM scim.{table} WHERE org = '{self.org}' AND {condition}").split()
            if len(found) == 1:
                return f"/{kind}/{found[0]}"
        return None

    def user(self, name):
        return self.find("Users", "users", f"'{name}' IN (user_name, external_id)")

    def group(self, name):
        return self.find("Groups", "groups", f"display_name = '{name}'")

    def upsert_person(self, resource):
        found = self.find("Users", "users", f"external_id = '{resource.get('externalId')}'",
                          f"user_name_key = scim.fold('{resource.get('userName')}')")
        body = {"schemas": [USER], **resource}
        return self.client.put(found, body).status if found else self.client.post("/Users", body).status

    def activate(self, name, active):
        operation = {"op": "replace", "path": "active", "value": active}
        return self.client.patch(self.user(name), operation).status

    def deactivate_person(self, name):
        return self.activate(name, False)

    def reactivate_person(self, name):
        return self.activate(name, True)

    def remove_person(self, name):
        return self.client.delete(self.user(name)).status

    def upsert_group(self, name, external_id):
        found = self.find("Groups", "groups", f"external_id = '{external_id}'", f"display_name = '{name}'")
        if not found:
            return self.client.post("/Groups", {"schemas": [GROUP], "displayName": name, "externalId": external_id}).status
        operation = {"op": "replace", "value": {"displayName": name, "externalId": external_id}}
        return self.client.patch(found, operation).status

    def members(self, group, change, names):
        values = [{"value": (self.user(name) or self.group(name) or "/x/" + name).split("/")[2]} for name in names]
        operation = {"op": change, "path": "members", "value": values}
        return self.client.patch(self.group(group), operation).status

    def set_members(self, group, names):
        return self.members(group, "replace", names)

    def add_members(self, group, names):
        return self.members(group, "add", names)

    def remove_members(self, group, names):
        return self.members(group, "remove", names)

    def remove_group(self, name):
        return self.client.delete(self.group(name)).status


class BySql:
    """A script of a DBA: one call each."""

    def __init__(self, client, database):
        self.database, self.org = database, client.org

    def call(self, function, *arguments):
        words = ", ".join("ARRAY[{}]::text[]".format(", ".join(f"'{word}'" for word in each)) if isinstance(each, list)
                          else f"'{each}'" for each in arguments)
        action, reason = self.database.sql(
            f"SELECT action, reason FROM scim.{function}('{self.org}', {words}, refusals => 'return')").split("|")
        if action == "refused":
            return int(self.database.sql(f"SELECT status FROM scim.reasons WHERE code = '{reason}'"))
        return {"created": 201, "revived": 201, "removed": 204}.get(action, 200)

    def __getattr__(self, function):
        def call(*arguments):
            return self.call(function, *(json.dumps(each) if isinstance(each, dict) else self.meant(each) for each in arguments))
        return call

    def meant(self, each):
        """Groups are members by their id."""
        if not isinstance(each, list):
            return each
        return [self.database.sql(f"SELECT id FROM scim.groups WHERE org = '{self.org}' AND display_name = '{name}'") or name
                for name in each]


def without_ids(text, names):
    return UUID.sub(lambda match: names.get(match[0], "?"), text)


def state(database, org):
    """All that is stored and noted, but for ids, times (also the seconds until the guard lets somebody go), and who did it."""
    names = dict(line.split("|") for line in database.sql(f"""
        SELECT resource_id, min(coalesce(after -> 'resource' ->> 'externalId', after ->> 'external_id', '?'))
          FROM scim.audit_events WHERE org = '{org}' AND action = 'created' AND resource_id IS NOT NULL GROUP BY 1""").splitlines())
    queries = {
        "people": "SELECT id, user_name, external_id, display_name, active, status, version, resource FROM scim.users WHERE org = '{}' ORDER BY user_name_key",
        "kept": "SELECT id, user_name, version, resource FROM scim.deleted_users WHERE org = '{}' ORDER BY user_name",
        "groups": "SELECT id, display_name, external_id, member_count, version, hidden FROM scim.groups WHERE org = '{}' ORDER BY display_name",
        "members": """SELECT team.display_name, member_type, coalesce(person.user_name, sub.display_name) FROM scim.group_members AS member
            JOIN scim.groups AS team ON team.id = group_id LEFT JOIN scim.users AS person ON person.id = user_id
            LEFT JOIN scim.groups AS sub ON sub.id = subgroup_id WHERE member.org = '{}' ORDER BY 1, 3""",
        "log": """SELECT action, resource_type, resource_id, subject, email_key, external_id, result, status, scim_type, reason,
            CASE reason WHEN 'guard.stopped' THEN arguments[1:2] ELSE arguments END, sentence FROM scim.request_log WHERE org = '{}' ORDER BY at, ctid""",
        "audit": """SELECT action, resource_type, resource_id, name, before - 'created', after - 'created', cardinality(members), request_id IS NOT NULL
            FROM scim.audit_events WHERE org = '{}' AND resource_type IN ('User', 'Group')
            ORDER BY transaction, action, name, cardinality(members)""",
    }
    return {name: without_ids(database.sql(query.format(org)), names).splitlines() for name, query in queries.items()}


LIFE = [
    ("upsert_person", JANE), ("upsert_person", JANE), ("upsert_person", {**JANE, "title": "Boss"}), ("upsert_person", BOB),
    ("upsert_person", SUE), ("upsert_person", {**BOB, "userName": "Robert"}), ("upsert_person", {"userName": "robert"}),
    ("deactivate_person", "7"), ("reactivate_person", "7"), ("upsert_person", {**JANE, "active": False}), ("upsert_person", JANE),
    ("remove_person", "9"), ("upsert_person", SUE), ("remove_person", "7"), ("upsert_person", JANE),
]
GROUPS = [
    ("upsert_person", JANE), ("upsert_person", BOB), ("upsert_person", SUE),
    ("upsert_group", "Team", "g1"), ("upsert_group", "Sub", "g2"), ("upsert_group", "Crew", "g1"),
    ("set_members", "Crew", ["7", "bob"]), ("set_members", "Crew", ["bob", "9", "Sub"]), ("add_members", "Sub", ["7"]),
    ("remove_members", "Crew", ["8"]), ("set_members", "Crew", []), ("add_members", "Crew", ["Sub", "7"]), ("remove_person", "7"),
    ("remove_group", "Sub"),
]
REFUSED = [
    ("upsert_person", JANE), ("upsert_person", BOB), ("upsert_person", {"userName": "jane@example.com", "externalId": "1"}),
    ("upsert_person", {"userName": " ", "externalId": "2"}), ("upsert_person", {"externalId": "3", "displayName": "No name"}),
    ("upsert_person", {"userName": "x" * 1025, "externalId": "4"}), ("upsert_person", {**BOB, "userName": "JANE@example.com"}),
    ("upsert_group", "Team", "g1"), ("upsert_group", "Sub", "g2"), ("upsert_group", "team", "g2"),
]
STORIES = {
    "life": (LIFE, "on_delete=suspend"),
    "life with removal": (LIFE[5:], "on_deactivate=remove revive=user_name"),
    "groups": (GROUPS, "groups_to_sync=Crew"),
    "refused": (REFUSED, "allowed_domains=example.com"),
    "switched off": ([*LIFE[:4], ("deactivate_person", "7"), ("upsert_person", {**BOB, "title": "x"}), *GROUPS[3:5]],
                     "deactivate_users=off update_users=off push_groups=off required_attributes=externalId"),
    "guard": ([*GROUPS[:3], ("remove_person", "9"), ("deactivate_person", "7"), ("remove_person", "8"), ("remove_person", "7")],
              "guard_per_hour=1 guard_percent=0"),
}


@pytest.mark.parametrize("name", STORIES)
def test_the_same_over_http_and_in_sql(database, organization, name):
    steps, settings = STORIES[name]
    worlds = [OverHttp(organization(), database), BySql(organization(), database)]
    for world in worlds:
        if settings:
            database.scimlet("org", "set", world.org, *settings.split())
    answers = [[getattr(world, function)(*arguments) if world_has(world, function, arguments) else None for function, *arguments in steps]
               for world in worlds]
    assert answers[0] == answers[1]
    http, sql = (state(database, world.org) for world in worlds)
    for part, rows in http.items():
        assert sql[part] == rows, part


def world_has(world, function, arguments):
    """Over HTTP nobody can be named who is not here; in SQL that is the same as nothing to do."""
    name = arguments[0] if function in ("deactivate_person", "reactivate_person", "remove_person") else None
    return name is None or world.database.sql(f"SELECT 1 FROM scim.users WHERE org = '{world.org}' AND '{name}' IN (user_name, external_id)") == "1"
