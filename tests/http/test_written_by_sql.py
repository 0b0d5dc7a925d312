"""What a DBA may store comes out over HTTP as a resource that /Schemas describes, and can be changed there."""
import subprocess

import pytest

from harness.documents import DOCUMENTS
from harness.settings import client

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
COMMON = {"schemas", "id", "externalId", "meta", "groups"}
KINDS = {"string": str, "reference": str, "binary": str, "dateTime": str, "boolean": bool, "complex": dict}


def faults(value, attributes, where):
    """What of a complex value the schema does not know, or knows to be of another type."""
    known = {attribute["name"]: attribute for attribute in attributes}
    for name, inner in value.items():
        attribute = known.get(name)
        if attribute is None:
            yield f"{where}{name} is unknown"
            continue
        elements = inner if attribute["multiValued"] else [inner]
        if not isinstance(elements, list) or elements == []:
            yield f"{where}{name} is no list of values"
            continue
        for element in elements:
            if not isinstance(element, KINDS[attribute["type"]]) or element in ("", {}):
                yield f"{where}{name} is {element!r}"
            elif attribute["type"] == "complex":
                yield from faults(element, attribute["subAttributes"], f"{where}{name}.")
        if sum(isinstance(element, dict) and element.get("primary") is True for element in elements) > 1:
            yield f"{where}{name} has two primaries"


@pytest.fixture(scope="module")
def rows(database, tokens):
    """Every document that is let in, each in an organization of its own name."""
    literals = [document.replace("'", "''") for document in DOCUMENTS]
    # What is refused (tests/database/test_hostile_writes.py) gives no row.
    script = "".join("\\echo next\nINSERT INTO scim.users (org, resource) VALUES ('acme', jsonb_set("
                     f"'{literal}', '{{userName}}', to_jsonb('sql-' || gen_random_uuid()))) RETURNING id;\n" for literal in literals)
    done = subprocess.run([client("psql"), "-XAtq"], input=script, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          env=database.environment(), check=True)
    said = done.stdout.split("next\n")[1:]
    assert len(said) == len(DOCUMENTS)
    ids = {document: row.strip() for document, row in zip(DOCUMENTS, said) if row.strip()}
    yield ids
    database.sql("DELETE FROM scim.users WHERE org = 'acme' AND user_name LIKE 'sql-%'")


def test_what_is_let_in_comes_out_as_the_schema_says(acme, tokens, rows):
    schemas = {schema["id"]: schema["attributes"] for schema in acme.get("/Schemas").json["Resources"]}
    assert len(rows) > 10
    for document, row in rows.items():
        person = acme.get(f"/Users/{row}").json
        extensions = [urn for urn in person["schemas"] if urn != CORE]
        assert set(extensions) == {name for name in person if ":" in name}, document
        core = {name: value for name, value in person.items() if name not in COMMON and ":" not in name}
        found = list(faults(core, schemas[CORE], ""))
        for urn in extensions:
            found += faults(person[urn], schemas[urn], urn + ":")
        assert found == [], document
        again = acme.put(f"/Users/{row}", person)
        assert again.status == 200 and {**again.json, "meta": 0} == {**person, "meta": 0}, document
        assert again.json["meta"]["version"] == person["meta"]["version"], document


def test_the_validator_can_fail(acme, tokens):
    attributes = {schema["id"]: schema["attributes"] for schema in acme.get("/Schemas").json["Resources"]}[CORE]
    for wrong in ({"nickName": 7}, {"nickname": "x"}, {"emails": "x"}, {"emails": []}, {"emails": [{"primary": "true"}]}, {"title": ""},
                  {"name": {"middle": "x"}}, {"emails": [{"value": "a", "primary": True}, {"value": "b", "primary": True}]}):
        assert len(list(faults(wrong, attributes, ""))) == 1, wrong
