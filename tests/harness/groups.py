"""What the tests of groups say to the server, in words."""
from harness.client import GROUP


def member(person):
    """A member as a client names it."""
    return {"value": person["id"]}


def create_group(client, name, *members, **attributes):
    """A group with these people and groups as its members; the answered resource."""
    answer = client.post("/Groups", {"schemas": [GROUP], "displayName": name,
                                     "members": [member(resource) for resource in members], **attributes})
    assert answer.status == 201, answer
    return answer.json


def patch(client, group, *operations, query="", **options):
    return client.patch(f"/Groups/{group['id']}{query}", *operations, **options)


def add(*people):
    return {"op": "add", "path": "members", "value": [member(person) for person in people]}


def remove(*people):
    return {"op": "remove", "path": "members", "value": [member(person) for person in people]}


def read(client, resource):
    """The resource as it is now."""
    answer = client.get(f"/{resource['meta']['resourceType']}s/{resource['id']}")
    assert answer.status == 200, answer
    return answer.json


def ids(resources):
    """The ids of resources, or the values of members, in no order."""
    return sorted(resource.get("value", resource.get("id")) for resource in resources)


def load_people(database, org, count, word="bulk"):
    """So many people at once, by SQL; their ids."""
    return database.sql(f"""
        INSERT INTO scim.users (org, resource)
        SELECT '{org}', jsonb_build_object('userName', '{word}' || n)
          FROM generate_series(1, {count}) AS n
        RETURNING id""").split()


def load_members(database, org, group, people):
    """Make people members of a group, by SQL."""
    database.sql("INSERT INTO scim.group_members (org, group_id, member_id) VALUES "
                 + ", ".join(f"('{org}', '{group['id']}', '{person}')" for person in people))
