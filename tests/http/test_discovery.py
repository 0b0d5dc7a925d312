"""ServiceProviderConfig, Schemas, ResourceTypes: complete, and true (RFC 7644 4, RFC 7643 5 to 7)."""
import re

import pytest

from harness.client import ENTERPRISE, GROUP, LIST_RESPONSE, USER

PROVISIONING = "urn:scimlet:params:scim:schemas:extension:provisioning:1.0:ServiceProviderConfig"
CHARACTERISTICS = {"name", "type", "multiValued", "description", "required", "mutability", "returned", "uniqueness"}


def every_attribute(attributes, prefix=""):
    for attribute in attributes:
        yield prefix + attribute["name"], attribute
        yield from every_attribute(attribute.get("subAttributes", []), prefix + attribute["name"] + ".")


def asked_config(client):
    return client.get(f"/ServiceProviderConfig?attributes={PROVISIONING}").json


def no_nulls(node):
    if isinstance(node, dict):
        return all(no_nulls(value) for value in node.values())
    if isinstance(node, list):
        return all(no_nulls(value) for value in node)
    return node is not None


def test_the_config_tells_the_truth(acme, unique):
    config = acme.get("/ServiceProviderConfig").json
    assert config["schemas"] == ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"]
    assert PROVISIONING not in config       # scim2-client refuses what it does not know
    asked = asked_config(acme)
    assert asked["schemas"] == [*config["schemas"], PROVISIONING]
    assert asked.pop(PROVISIONING) == {
        "createUsers": True, "updateUsers": True, "deactivateUsers": True, "deleteUsers": True, "pushGroups": True,
        "requiredAttributes": [], "emailChange": "allow"}
    assert asked == {**config, "schemas": asked["schemas"]}
    assert config["meta"]["location"] == f"{acme.url}/ServiceProviderConfig"
    assert config["authenticationSchemes"][0]["type"] == "oauthbearertoken"
    assert config["changePassword"] == {"supported": False}
    person = acme.create(unique)
    address = f"/Users/{person['id']}"
    works = {
        "patch": acme.patch(address, {"op": "add", "path": "title", "value": "x"}).status == 200,
        "etag": acme.get(address, headers={"If-None-Match": 'W/"2"'}).status == 304,
        "filter": acme.get(f"/Users?filter=userName%20eq%20%22{unique}%22").json["totalResults"] == 1,
        "bulk": acme.post("/Bulk", {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
                                    "Operations": []}).status not in (404, 405, 501),
    }
    assert {name: config[name]["supported"] for name in works} == works
    assert isinstance(config["filter"]["maxResults"], int)
    assert isinstance(config["bulk"]["maxOperations"], int) and isinstance(config["bulk"]["maxPayloadSize"], int)
    if config["sort"]["supported"]:
        assert acme.get("/Users?sortBy=userName&count=1").status == 200


def test_no_page_is_longer_than_promised(acme, organization):
    limit = acme.get("/ServiceProviderConfig").json["filter"]["maxResults"]
    assert acme.get(f"/Users?count={limit + 1}").json["itemsPerPage"] <= limit


@pytest.mark.parametrize("path, schema", [
    ("/Schemas", "urn:ietf:params:scim:schemas:core:2.0:Schema"),
    ("/ResourceTypes", "urn:ietf:params:scim:schemas:core:2.0:ResourceType"),
])
def test_lists_and_single_items_agree(acme, path, schema):
    page = acme.get(path).json
    assert page["schemas"] == [LIST_RESPONSE]
    assert page["totalResults"] == len(page["Resources"]) == page["itemsPerPage"]
    assert no_nulls(page)       # Entra reads /Schemas and stumbles over nulls
    for item in page["Resources"]:
        assert item["schemas"] == [schema]
        assert item["meta"]["location"] == f"{acme.url}{path}/{item['id']}"
        assert acme.get(f"{path}/{item['id']}").json == item
    assert acme.get(path + "?startIndex=1&count=100&sortBy=name").json == page      # RFC 7644 4: ignored
    acme.get(path + "?filter=id%20eq%20%22x%22").error(403)


def test_answers_tell_their_length(acme):
    """Without it a client takes an answer that was cut off for a whole one."""
    for path in ("/Schemas", "/Users", "/Robots"):
        answer = acme.get(path)
        assert int(answer.headers["content-length"]) == len(answer.body)


def test_schemas_are_found_in_any_case(acme):
    assert acme.get(f"/Schemas/{USER.upper()}").json["id"] == USER


def test_which_schemas_and_types_there_are(acme):
    schemas = {each["id"] for each in acme.get("/Schemas").json["Resources"]}
    assert {USER, GROUP, ENTERPRISE} <= schemas
    types = {each["name"]: each for each in acme.get("/ResourceTypes").json["Resources"]}
    assert set(types) == {"User", "Group"}
    for each in types.values():
        assert each["schema"] in schemas
        assert all(extension["schema"] in schemas for extension in each.get("schemaExtensions", []))
        assert acme.get(each["endpoint"] + "?count=0").status == 200
    assert types["User"]["schemaExtensions"] == [{"schema": ENTERPRISE, "required": False}]


def test_every_attribute_is_described(acme):
    for schema in acme.get("/Schemas").json["Resources"]:
        for name, attribute in every_attribute(schema["attributes"]):
            assert CHARACTERISTICS <= set(attribute) | {"uniqueness"}, name
            assert re.fullmatch(r"\$ref|[a-z][A-Za-z0-9]*", attribute["name"]), name
            assert attribute["description"], name
            assert ("subAttributes" in attribute) == (attribute["type"] == "complex"), name


def test_what_the_schema_says_of_users_is_what_happens(acme, unique):
    attributes = dict(every_attribute(acme.get(f"/Schemas/{USER}").json["attributes"]))
    assert attributes["userName"]["required"] and attributes["userName"]["uniqueness"] == "server"
    assert attributes["userName"]["caseExact"] is False
    assert attributes["groups"]["mutability"] == "readOnly"
    assert attributes["emails"]["multiValued"] is True
    password = attributes["password"]
    assert (password["mutability"], password["returned"]) == ("writeOnly", "never")
    # Every writable attribute that is announced is kept.
    for name, attribute in attributes.items():
        if "." in name or attribute["mutability"] != "readWrite" or name in ("userName", "active"):
            continue
        value = sample(attribute)
        person = acme.create(f"{unique}{name}", **{name: value})
        assert person[name] == value, name


def set_up(database, client, *settings):
    database.scimlet("org", "set", client.org, *settings)


def test_what_is_switched_off_is_not_announced(database, organization):
    client = organization()
    set_up(database, client, "update_users=off", "deactivate_users=off", "email_change=reassign")
    config = asked_config(client)
    assert config["patch"]["supported"] and config["bulk"]["supported"]     # groups can still be patched
    assert config[PROVISIONING] == {
        "createUsers": True, "updateUsers": False, "deactivateUsers": False, "deleteUsers": True, "pushGroups": True,
        "requiredAttributes": [], "emailChange": "reassign"}
    assert client.get("/ResourceTypes").json["totalResults"] == 2
    set_up(database, client, "push_groups=off")
    config = asked_config(client)
    assert not config["patch"]["supported"] and config["bulk"]["supported"]
    assert [each["id"] for each in client.get("/ResourceTypes").json["Resources"]] == ["User"]
    client.get("/ResourceTypes/Group").error(404)
    assert client.get("/ResourceTypes/User").status == 200
    set_up(database, client, "create_users=off", "delete_users=off")
    config = asked_config(client)
    assert not config["patch"]["supported"] and not config["bulk"]["supported"]
    set_up(database, client, "push_groups=on")
    assert client.get("/ServiceProviderConfig").json["patch"]["supported"]


def test_schemas_tell_what_the_organization_requires(database, organization):
    client = organization()
    set_up(database, client, f"required_attributes=name.givenName,emails,{ENTERPRISE}:department")
    attributes = dict(every_attribute(client.get(f"/Schemas/{USER}").json["attributes"]))
    required = {name for name, attribute in attributes.items() if attribute["required"]}
    assert {"userName", "name", "name.givenName", "emails"} <= required
    assert not required & {"name.familyName", "title", "phoneNumbers"}
    department = dict(every_attribute(client.get(f"/Schemas/{ENTERPRISE}").json["attributes"]))["department"]
    assert department["required"]
    assert client.get("/ResourceTypes/User").json["schemaExtensions"] == [{"schema": ENTERPRISE, "required": True}]
    config = asked_config(client)
    assert config[PROVISIONING]["requiredAttributes"] == ["name.givenName", "emails", f"{ENTERPRISE}:department"]


def sample(attribute):
    """A value of the type that the schema announces."""
    if attribute["type"] == "complex":
        value = {sub["name"]: sample(sub) for sub in attribute["subAttributes"] if sub["mutability"] == "readWrite"}
    else:
        value = {"boolean": True, "dateTime": "2020-01-01T00:00:00Z", "binary": "TWVhdA==", "integer": 7,
                 "reference": "https://example.com/x"}.get(attribute["type"], "en")
    return [value] if attribute["multiValued"] else value
