"""People: created, read, replaced, deleted (RFC 7644 3.3 to 3.6)."""
import re
import uuid

from harness.client import ENTERPRISE, USER

PERSON = {
    "externalId": "00u1",
    "name": {"givenName": "Barbara", "familyName": "Jensen"},
    "displayName": "Babs Jensen",
    "emails": [{"value": "bjensen@example.com", "type": "work", "primary": True},
               {"value": "babs@example.org", "type": "home"}],
    "title": "Tour Guide",
    ENTERPRISE: {"department": "Tours", "employeeNumber": "701984", "manager": {"value": "26118915"}},
}
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def core(resource):
    """What the client gave, without what the server adds."""
    return {name: value for name, value in resource.items() if name not in ("id", "meta", "schemas")}


def test_create_answers_the_whole_resource(acme, unique):
    answer = acme.post("/Users", {"schemas": [USER, ENTERPRISE], "userName": unique, **PERSON})
    assert answer.status == 201
    person = answer.json
    assert core(person) == {"userName": unique, **PERSON}
    assert set(person["schemas"]) == {USER, ENTERPRISE}
    assert str(uuid.UUID(person["id"])) == person["id"]
    meta = person["meta"]
    assert meta["resourceType"] == "User"
    assert meta["created"] == meta["lastModified"]
    assert TIMESTAMP.fullmatch(meta["created"])
    assert meta["location"] == f"{acme.url}/Users/{person['id']}"
    assert answer.headers["location"] == answer.headers["content-location"] == meta["location"]
    assert answer.headers["etag"] == meta["version"] == 'W/"1"'


def test_read_gives_what_create_gave(acme, unique):
    person = acme.create(unique, **PERSON)
    answer = acme.get(f"/Users/{person['id']}")
    assert answer.status == 200
    assert answer.json == person
    assert answer.headers["content-location"] == person["meta"]["location"]
    assert answer.headers["etag"] == person["meta"]["version"]
    assert "location" not in answer.headers


def test_head_is_get_without_a_body(acme, unique):
    person = acme.create(unique)
    answer = acme.request("HEAD", f"/Users/{person['id']}")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["etag"] == person["meta"]["version"]


def test_extension_stands_in_schemas_only_when_it_has_data(acme, unique):
    assert acme.create(unique)["schemas"] == [USER]
    assert acme.create(unique + "x", **{ENTERPRISE: {"department": None}})["schemas"] == [USER]


def test_read_only_attributes_of_a_body_are_ignored(acme, unique):
    mine = str(uuid.uuid4())
    person = acme.create(unique, id=mine, groups=[{"value": mine}],
                         meta={"created": "2001-01-01T00:00:00Z", "version": 'W/"77"'})
    assert person["id"] != mine
    assert "groups" not in person
    assert not person["meta"]["created"].startswith("2001")
    assert person["meta"]["version"] == 'W/"1"'


def test_unknown_attributes_are_ignored(acme, unique):
    person = acme.create(unique, favouriteColour="green", **{"urn:example:x": {"y": 1}})
    assert core(person) == {"userName": unique}


def test_password_is_accepted_and_never_kept(acme, unique, database):
    person = acme.create(unique, password="canary-of-secrets")
    assert "password" not in person
    acme.put(f"/Users/{person['id']}", {"userName": unique, "password": "canary-of-secrets"})
    row = database.sql(f"SELECT u::text FROM scim.users u WHERE id = '{person['id']}'")
    assert unique in row
    assert "canary" not in row


def test_attribute_names_have_no_case(acme, unique):
    person = acme.post("/Users", {"SCHEMAS": [USER], "USERNAME": unique, "Name": {"GIVENNAME": "Ada"},
                                  ENTERPRISE.upper(): {"Department": "Engines"}}).json
    assert core(person) == {"userName": unique, "name": {"givenName": "Ada"},
                            ENTERPRISE: {"department": "Engines"}}


def test_null_and_empty_mean_unassigned(acme, unique):
    person = acme.create(unique, title=None, emails=[], displayName="", name={}, nickName=None)
    assert core(person) == {"userName": unique}


def test_strings_that_stand_for_booleans(acme, unique):
    assert acme.create(unique, active="False")["active"] is False
    assert acme.create(unique + "x", active="True", emails=[{"value": "a@b", "primary": "true"}])["emails"] == [
        {"value": "a@b", "primary": True}]


def test_manager_may_be_a_bare_string(acme, unique):
    assert acme.create(unique, **{ENTERPRISE: {"manager": "7"}})[ENTERPRISE]["manager"]["value"] == "7"
    assert ENTERPRISE not in acme.create(unique + "x", **{ENTERPRISE: {"manager": {"value": ""}}})


def test_text_of_every_script_survives(acme, unique):
    name = {"givenName": "Zoë 李 \U0001f600 \u202eabc", "familyName": "O'Br\\ien \"%_\t"}
    person = acme.create(unique, name=name)
    assert acme.get(f"/Users/{person['id']}").json["name"] == name


def test_the_media_type_of_a_body(acme, unique):
    for serial, media_type in enumerate(("application/json", "application/scim+json; charset=utf-8",
                                         "Application/JSON;charset=UTF-8", None)):
        answer = acme.post("/Users", {"userName": f"{unique}{serial}"}, headers={"Content-Type": media_type})
        assert answer.status == 201, media_type
    answer = acme.post("/Users", {"userName": unique}, headers={"Content-Type": "text/xml"})
    assert "text/xml" in answer.error(415)


def test_any_accept_header_is_answered(acme):
    for accept in ("*/*", "application/json", "text/html, */*;q=0.1", "nonsense", None):
        assert acme.get("/Users?count=0", headers={"Accept": accept}).status == 200


def test_a_userName_is_taken_once_in_any_case(acme, unique):
    acme.create(f"{unique}.Mixed@Example.COM")
    detail = acme.post("/Users", {"userName": f"{unique}.mIXED@eXAMPLE.com"}).error(409, "uniqueness")
    assert f"{unique}.mIXED@eXAMPLE.com" in detail
    # Full-width letters and the Kelvin sign are the same name to a reader (RFC 7644 5: PRECIS).
    acme.create(f"{unique}.kelvin")
    acme.post("/Users", {"userName": f"{unique}.\u212aelvin"}).error(409, "uniqueness")
    acme.post("/Users", {"userName": f"{unique}.\uff4belvin"}).error(409, "uniqueness")


def test_the_same_userName_in_two_organizations(acme, other, unique):
    assert acme.create(unique)["id"] != other.create(unique)["id"]


def test_externalId_may_occur_twice(acme, unique):
    """RFC 7643 3.1: the provisioning client is to keep it unique, not the server."""
    acme.create(unique, externalId="same")
    assert acme.create(unique + "x", externalId="same")["externalId"] == "same"


def test_userName_is_required(acme):
    for body in ({}, {"userName": None}, {"userName": ""}, {"displayName": "x"}):
        assert "userName" in acme.post("/Users", {"schemas": [USER], **body}).error(400, "invalidValue")


def test_types_of_values(acme, unique):
    for wrong in ({"active": "perhaps"}, {"active": 1}, {"title": 5}, {"title": ["x"]}, {"name": "x"},
                  {"emails": [7]}, {"userName": {"a": "b"}}, {"displayName": True}):
        acme.post("/Users", {"schemas": [USER], "userName": unique, **wrong}).error(400, "invalidValue")


def test_two_primary_values_are_refused(acme, unique):
    emails = [{"value": "a@example.com", "primary": True}, {"value": "b@example.com", "primary": True}]
    assert "emails" in acme.post("/Users", {"userName": unique, "emails": emails}).error(400, "invalidValue")


def test_keys_are_limited_in_length(acme, unique):
    fits, too_long = unique.ljust(1024, "x"), unique.ljust(1025, "x")
    for name in ("userName", "externalId", "displayName"):
        detail = acme.post("/Users", {"userName": unique, name: too_long}).error(400, "invalidValue")
        assert name in detail
    assert acme.create(fits, externalId=fits, displayName=fits)["userName"] == fits


def test_put_replaces_everything_but_the_identity(acme, unique):
    before = acme.create(unique, **PERSON)
    answer = acme.put(f"/Users/{before['id']}", {"schemas": [USER], "userName": unique, "nickName": "B"})
    assert answer.status == 200
    after = answer.json
    assert core(after) == {"userName": unique, "nickName": "B"}
    assert (after["id"], after["meta"]["created"]) == (before["id"], before["meta"]["created"])
    assert after["meta"]["version"] == answer.headers["etag"] == 'W/"2"'
    assert answer.headers["content-location"] == after["meta"]["location"]
    assert acme.get(f"/Users/{before['id']}").json == after


def test_put_of_the_same_changes_nothing(acme, unique):
    before = acme.create(unique, **PERSON)
    assert acme.put(f"/Users/{before['id']}", before).json == before


def test_put_without_active_does_not_reactivate(acme, unique):
    person = acme.create(unique, active=False)
    assert acme.put(f"/Users/{person['id']}", {"userName": unique, "title": "x"}).json["active"] is False


def test_put_never_creates(acme, unique):
    nobody = uuid.uuid4()
    assert str(nobody) in acme.put(f"/Users/{nobody}", {"userName": unique}).error(404)


def test_put_may_rename_but_not_to_a_taken_name(acme, unique):
    acme.create(f"{unique}a")
    person = acme.create(f"{unique}b")
    acme.put(f"/Users/{person['id']}", {"userName": f"{unique}A"}).error(409, "uniqueness")
    assert acme.put(f"/Users/{person['id']}", {"userName": f"{unique}B"}).json["userName"] == f"{unique}B"


def test_the_id_comes_from_the_address_alone(acme, unique):
    """The identifier confusion of Keycloak #46658: PUT checked one id and changed another."""
    victim, person = acme.create(f"{unique}v"), acme.create(f"{unique}p")
    answer = acme.put(f"/Users/{person['id']}", {"id": victim["id"], "userName": f"{unique}q"})
    assert answer.status in (200, 400)
    assert acme.get(f"/Users/{victim['id']}").json == victim


def test_delete_is_final(acme, unique):
    person = acme.create(unique)
    answer = acme.delete(f"/Users/{person['id']}")
    assert (answer.status, answer.body) == (204, b"")
    address = f"/Users/{person['id']}"
    acme.get(address).error(404)
    acme.delete(address).error(404)
    acme.put(address, {"userName": unique}).error(404)
    acme.patch(address, {"op": "replace", "path": "title", "value": "x"}).error(404)
    assert acme.create(unique)["id"] != person["id"]


def test_a_foreign_person_is_like_one_who_never_was(acme, other, unique):
    """No organization may learn what another one has (an existence oracle otherwise)."""
    stranger, nobody = other.create(unique)["id"], str(uuid.uuid4())
    change = {"op": "replace", "path": "title", "value": "x"}
    for ask in (lambda who: acme.get(f"/Users/{who}"), lambda who: acme.delete(f"/Users/{who}"),
                lambda who: acme.put(f"/Users/{who}", {"userName": unique + "y"}),
                lambda who: acme.patch(f"/Users/{who}", change)):
        foreign, unknown = ask(stranger), ask(nobody)
        foreign.error(404)
        assert foreign.body.replace(stranger.encode(), b"ID") == unknown.body.replace(nobody.encode(), b"ID")
    assert other.get(f"/Users/{stranger}").json["userName"] == unique


def test_an_id_of_another_form_is_not_found(acme):
    for odd in ("00919288221112222", "x", "0", "null", "{00000000-0000-0000-0000-000000000000}", "a" * 500,
                "00000000-0000-0000-0000-00000000000g", "%E2%98%83"):
        acme.get(f"/Users/{odd}").error(404)


def test_an_empty_list_of_groups(organization):
    """Entra's Test Connection takes anything but a 200 here for wrong credentials."""
    client = organization()
    for query in ("", "?startIndex=1&count=100", "?filter=displayName%20eq%20%22nobody%22"):
        answer = client.get(f"/Groups{query}")
        assert answer.status == 200
        assert answer.json["totalResults"] == 0
