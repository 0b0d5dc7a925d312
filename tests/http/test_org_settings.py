"""`scimlet org set` and `org show`: every setting, what it takes, and what it refuses."""
import csv
import io
import json
import uuid
from pathlib import Path

import pytest

from harness.settings import CHECKOUT

USAGE, REFUSED = 2, 4
FACTS = {"org", "created", "people", "groups", "tokens", "address", "name"}

# setting: a value as typed, as `org show` tells it, as JSON; other than the default.
VALUES = {
    "provisioning": ("off", "off", False),
    "provisioning_off_reason": ("Plan = free", "Plan = free", "Plan = free"),
    "create_users": ("off", "off", False),
    "update_users": ("off", "off", False),
    "deactivate_users": ("off", "off", False),
    "delete_users": ("off", "off", False),
    "push_groups": ("off", "off", False),
    "require_sso": ("on", "on", True),
    "sso_protocol": ("oidc", "oidc", "oidc"),
    "sso_entity_id": ("urn:idp", "urn:idp", "urn:idp"),
    "sso_sign_on_url": ("https://idp.example/sso?a=b", "https://idp.example/sso?a=b", "https://idp.example/sso?a=b"),
    "required_attributes": ("NAME.givenname, emails\nemails", "name.givenName,emails", ["name.givenName", "emails"]),
    "allowed_domains": ("@Example.COM,b.example", "example.com,b.example", ["example.com", "b.example"]),
    "email_change": ("reassign", "reassign", "reassign"),
    "on_deactivate": ("remove", "remove", "remove"),
    "on_delete": ("suspend", "suspend", "suspend"),
    "keep_deleted": ("0", "0", 0),
    "revive": ("never", "never", "never"),
    "groups_to_sync": ("app-*\nSales, EMEA", "app-*\nSales, EMEA", ["app-*", "Sales, EMEA"]),
    "unique_group_names": ("off", "off", False),
    "seat_limit": ("25", "25", 25),
    "seat_policy": ("allow", "allow", "allow"),
    "replace_without_target": ("create", "create", "create"),
    "guard_per_hour": ("7", "7", 7),
    "guard_percent": ("100", "100", 100),
    "keep_log": ("1", "1", 1),
    "keep_audit": ("3650", "3650", 3650),
    "idp": ("okta", "okta", "okta"),
}


@pytest.fixture
def org(database):
    key = f"set-{uuid.uuid4().hex[:12]}"
    database.scimlet("org", "create", key)
    return key


def shown(database, org):
    rows = csv.DictReader(io.StringIO(database.scimlet("-o", "csv", "org", "show", org).stdout))
    return {row["property"]: row for row in rows}


def as_json(database, org):
    return json.loads(database.scimlet("-o", "json", "org", "show", org).stdout)


def test_every_column_is_a_setting_with_default_and_meaning(database, org):
    columns = set(database.sql("SELECT attname FROM pg_attribute WHERE attrelid = 'scim.organization_settings'::regclass "
                               "AND attnum > 0 AND NOT attisdropped AND attname <> 'org'").split())
    settings = shown(database, org)
    assert set(settings) - FACTS == columns == set(VALUES)
    assert set(as_json(database, org)) - FACTS == columns
    for name in columns:
        assert settings[name]["meaning"], name
        assert settings[name]["value"] == settings[name]["default"], name
        assert settings[name]["default"] or name in ("provisioning_off_reason", "sso_entity_id", "sso_sign_on_url"), name


def test_all_settings_at_once_and_back_by_what_is_shown(database, org):
    before = shown(database, org)
    database.scimlet("org", "set", org, "name=Acme", *(f"{name}={value}" for name, (value, _, _) in VALUES.items()))
    after, values = shown(database, org), as_json(database, org)
    assert after["name"]["value"] == values["name"] == "Acme"
    for name, (_, text, value) in VALUES.items():
        assert values[name] == value, name
        assert after[name]["value"] == text, name
    database.scimlet("org", "set", org, "name=", *(f"{name}={before[name]['default']}" for name in VALUES))
    assert shown(database, org) == before


@pytest.mark.parametrize("name", VALUES)
def test_one_setting_leaves_the_others(database, org, name):
    before = as_json(database, org)
    database.scimlet("org", "set", org, f"{name}={VALUES[name][0]}")
    assert as_json(database, org) == {**before, name: VALUES[name][2]}


@pytest.mark.parametrize("wrong, says", [
    ("delete_users=yes", "on or off"), ("delete_users=", "on or off"), ("keep_deleted=-1", "0 to 3650"),
    ("keep_deleted=3651", "0 to 3650"), ("keep_log=0", "1 to 3650"), ("keep_audit=none", "1 to 3650"),
    ("guard_percent=101", "0 to 100"), ("guard_per_hour=many", "or off"), ("seat_limit=2147483648", "or none"),
    ("seat_limit=1e3", "or none"), ("revive=name", "external_id or user_name or never"), ("revive=", "never"),
    ("sso_protocol=ldap", "saml or oidc"), ("sso_sign_on_url=javascript:alert(1)", "https://"),
    ("sso_sign_on_url=https://x y", "https://"), ("sso_entity_id=a\nb", "control characters"),
    ("required_attributes=emails,shoeSize", '"shoeSize"'), ("required_attributes=id", '"id"'),
    ("required_attributes=groups", '"groups"'), ("required_attributes=password", '"password"'),
    ("required_attributes=urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "attributes of people"),
    ("allowed_domains=jane@example.com", "jane@example.com"), ("allowed_domains=a b", "such as example.com"),
    ("idp=google", "detected or okta or entra or other"), ("colour=red", "groups_to_sync=")])
def test_a_wrong_value_says_what_is_allowed_and_changes_nothing(database, org, wrong, says):
    before = as_json(database, org)
    done = database.scimlet("org", "set", org, "keep_deleted=3", wrong, check=False)
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert says in done.stderr
    assert as_json(database, org) == before


def test_attributes_of_extensions_and_their_spelling(database, org):
    enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    database.scimlet("org", "set", org, f"required_attributes={enterprise.upper()}:DEPARTMENT,externalid,emails.VALUE")
    assert as_json(database, org)["required_attributes"] == [f"{enterprise}:department", "externalId", "emails.value"]


def test_no_group_at_all_is_not_all_groups(database, org):
    database.scimlet("org", "set", org, "groups_to_sync=")
    assert as_json(database, org)["groups_to_sync"] == []
    database.scimlet("org", "set", org, "groups_to_sync=all")
    assert as_json(database, org)["groups_to_sync"] is None


def test_what_the_database_refuses_is_a_sentence(database, org):
    done = database.scimlet("org", "set", org, "allowed_domains=" + ",".join(f"d{i}.example" for i in range(1001)), check=False)
    assert done.returncode == REFUSED
    assert "allowed_domains cannot be that" in done.stderr and "such as example.com" in done.stderr


def test_the_statement_runs_in_psql(database, org):
    text = (Path(CHECKOUT) / "sql/statement/org_set.sql").read_text()
    database.sql(f"PREPARE change AS {text}; EXECUTE change('{org}', '{{\"idp\": \"entra\", \"seat_limit\": 3}}')")
    assert (as_json(database, org)["idp"], as_json(database, org)["seat_limit"]) == ("entra", 3)


def test_no_token_before_single_sign_on(database, organization):
    client = organization()
    org = client.org
    token = json.loads(database.scimlet("-o", "json", "token", "list", org).stdout)[0]["id"]
    database.scimlet("org", "set", org, "require_sso=on", "sso_protocol=saml", "sso_entity_id=urn:idp")
    for command in (["token", "create", org], ["token", "replace", org, token]):
        done = database.scimlet(*command, check=False)
        assert (done.returncode, done.stdout) == (REFUSED, "")
        assert "single sign-on" in done.stderr and f"scimlet org set {org} sso_protocol=" in done.stderr
    doctor = database.scimlet("-o", "json", "doctor", "--url", client.url, check=False)
    finding, = [each for each in json.loads(doctor.stdout) if "single sign-on" in json.dumps(each)]
    assert finding["check"] == "authorization"
    database.scimlet("org", "set", org, "sso_sign_on_url=https://idp.example/")
    database.scimlet("token", "replace", org, token)
    database.scimlet("org", "set", org, "sso_protocol=none")
    assert database.scimlet("token", "create", org, check=False).returncode == REFUSED
    database.scimlet("org", "set", org, "require_sso=off")
    database.scimlet("token", "create", org)
