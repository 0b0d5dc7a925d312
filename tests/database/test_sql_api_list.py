"""scim.api: the functions that are for people, the manual page that lists the same, and that each works for who may call it."""
import re

import pytest

from harness.postgres import Database
from harness.settings import CHECKOUT

ROLES = ("scim_owner", "scim_service", "scim_reader", "scim_auditor")
PREPARED = """
INSERT INTO scim.users (org, resource) VALUES
    ('acme', '{"userName": "jane@acme.com", "emails": [{"value": "jane@acme.com", "primary": true}]}');
INSERT INTO scim.groups (org, display_name) VALUES ('acme', 'Engineering');
INSERT INTO scim.group_members (org, group_id, member_id)
SELECT 'acme', team.id, person.id FROM scim.groups AS team, scim.users AS person;
INSERT INTO scim.group_mappings (org, id, pattern, team) VALUES ('acme', 1, 'Eng*', 'engineering');
SELECT scim.create_organization('acme-test', 'to be deleted');
SET scim.maintenance = 'on';
UPDATE scim.audit_events SET at = at - interval '2 days' WHERE org = 'acme';
SET session_replication_role = replica;     -- no trigger keeps created as it is
UPDATE scim.users  SET created = created - interval '2 days';
UPDATE scim.groups SET created = created - interval '2 days';
RESET session_replication_role;
INSERT INTO scim.users (org, user_name) VALUES ('acme', 'new@acme.com');    -- something to undo
INSERT INTO scim.request_log (org, request_id, action, subject, subject_key, result, status) VALUES ('acme', 'r', 'create', 'Jane', 'jane@acme.com', 'done', 201);
"""
# What the example shows is not for everybody who may call the function.
ELSEWHERE = {("scim_auditor", "fold"): "SELECT * FROM scim.log WHERE org = 'acme' AND subject_key = scim.fold('Jane@ACME.com')"}
# Of these no row is good news, or all there is.
NO_ROW = {"check", "import", "prune"}


@pytest.fixture(scope="module")
def prepared():
    """A cluster of its own: the examples speak of acme."""
    database = Database()
    database.start()
    database.organization("acme", name="okta")
    database.sql(PREPARED)
    yield database
    database.stop()


def rows(database, statement):
    return [tuple(line.split("|")) for line in database.sql(statement).splitlines()]


@pytest.fixture(scope="module")
def callers(prepared):
    """Of each function, in the order of the view, who may call it."""
    listed = rows(prepared, "SELECT name, array_to_string(who_may_call, ' ') FROM scim.api")
    assert len(listed) > 30
    return {name: roles.split() for name, roles in listed}


def test_each_function_of_the_list_is_there_once(prepared):
    number = prepared.sql("SELECT count(*) FROM scim.api")
    assert prepared.sql("SELECT max(place), count(DISTINCT place), count(DISTINCT name), count(what_it_does), count(example) "
                        "FROM scim.api") == "|".join([number] * 5)


def test_arguments_are_what_is_to_be_given(prepared):
    shown = rows(prepared, "SELECT name, arguments FROM scim.api")
    for name, arguments in shown:
        assert not re.search(r"\b(OUT|INOUT|TABLE)\b", arguments), name
    assert dict(shown)["deactivate_person"] == "org text, person text, refusals text DEFAULT 'raise'::text"
    # As many as the function takes; no type or default of theirs has a comma.
    assert prepared.sql("SELECT name, arguments FROM scim.api JOIN pg_proc ON proname = name AND pronamespace = 'scim'::regnamespace "
                        "WHERE cardinality(string_to_array(arguments, ', ')) <> pronargs") == ""


def test_a_comment_tells_what_is_internal(prepared):
    assert prepared.sql("SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'scim'::regnamespace "
                        "AND (obj_description(oid, 'pg_proc') LIKE 'Internal: %') = (proname IN (SELECT name FROM scim.api))") == ""
    internal = "SELECT count(*) FROM pg_proc WHERE pronamespace = 'scim'::regnamespace AND obj_description(oid, 'pg_proc') ~ '^Internal: '"
    before = prepared.sql(internal)
    # What changed sides since, and once is enough.
    prepared.sql("COMMENT ON FUNCTION scim.why(text, text) IS 'Internal: no more.'")
    prepared.scimlet("init")
    assert int(before) > 200 and prepared.sql(internal) == before
    assert prepared.sql("SELECT count(*) FROM pg_description WHERE description ~ 'Internal: Internal'") == "0"
    assert prepared.sql("SELECT what_it_does FROM scim.api WHERE name = 'why'").startswith("Why somebody ")


def test_a_function_of_a_migration_can_become_one_for_people(prepared):
    """Nothing but sql/internal.sql takes the prefix off where no definition writes the comment again."""
    prepared.sql("COMMENT ON FUNCTION scim.fold(text) IS 'Internal: The form.'")
    prepared.sql(f"BEGIN; {(CHECKOUT / 'sql/internal.sql').read_text()} COMMIT")
    assert prepared.sql("SELECT what_it_does FROM scim.api WHERE name = 'fold'") == "The form."


def test_the_manual_lists_the_same(callers):
    """In the same order, and under the roles that may call it."""
    page = (CHECKOUT / "sql/scimlet-sql.7").read_text()
    section = re.search(r"^\.Sh FUNCTIONS\n(.*?)^\.Sh ", page, re.M | re.S)[1]
    documented = {}
    for part in section.split("\n.Ss ")[1:]:
        heading, entries = part.split("\n", 1)
        for name, text in re.findall(r"^\.It Em (\w+)\n(.*?)(?=^\.It|^\.El)", entries, re.M | re.S):
            documented[name] = set(re.findall(r"scim_\w+", heading) + re.findall(r"^also as\n\.Em (\w+)", text.replace("; also", "\nalso"), re.M))
    assert list(documented) == list(callers)
    assert documented == {name: set(roles) for name, roles in callers.items()}


@pytest.mark.parametrize("role", ROLES)
def test_each_example_works_for_who_may_call_it(prepared, callers, role):
    for name, may_call in callers.items():
        example = ELSEWHERE.get((role, name)) or prepared.sql(f"SELECT example FROM scim.api WHERE name = '{name}'")
        script = f"BEGIN; SET LOCAL ROLE {role}; SET LOCAL scim.org = 'acme'; {example}; ROLLBACK"
        if role in may_call:
            assert prepared.sql(script) != "" or name in NO_ROW, (role, name)
        else:
            with pytest.raises(AssertionError, match="permission denied"):
                prepared.sql(f"BEGIN; SET LOCAL ROLE {role}; {example}; ROLLBACK")


def test_who_else_may_call_it(prepared):
    prepared.sql("CREATE ROLE portal; GRANT EXECUTE ON FUNCTION scim.why(text, text) TO portal")
    assert prepared.sql("SELECT array_to_string(who_may_call, ' ') FROM scim.api WHERE name = 'why'") == "scim_owner scim_service scim_reader portal"
    prepared.sql("REVOKE EXECUTE ON FUNCTION scim.why(text, text) FROM portal; DROP ROLE portal")
