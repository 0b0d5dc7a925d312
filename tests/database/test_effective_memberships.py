"""scim.effective_memberships of one organization alone, which leads planners astray in another way than beside others (tests/sql/views.sql)."""
import pytest

from harness.postgres import Database

PEOPLE, GROUPS = 4000, 200
CALLS = "pg_stat_get_xact_function_calls('scim.groups_above(text,uuid)'::regprocedure)"


@pytest.fixture(scope="module")
def alone():
    """People in two groups each, groups in chains of ten."""
    database = Database(options=("-c", "autovacuum=off"))
    database.start()
    try:
        database.sql(f"""SELECT scim.create_organization('alone', 'Alone');
            INSERT INTO scim.users (org, user_name) SELECT 'alone', 'p' || n FROM generate_series(0, {PEOPLE - 1}) AS n;
            INSERT INTO scim.groups (org, display_name) SELECT 'alone', 'g' || n FROM generate_series(0, {GROUPS - 1}) AS n;
            INSERT INTO scim.group_members (org, group_id, member_id) SELECT 'alone', team.id, person.id
              FROM scim.users AS person JOIN scim.groups AS team ON team.display_name IN
                   ('g' || substr(user_name, 2)::integer % {GROUPS}, 'g' || (substr(user_name, 2)::integer + 10) % {GROUPS});
            INSERT INTO scim.group_members (org, group_id, member_id, member_type) SELECT 'alone', outer_group.id, inner_group.id, 'Group'
              FROM scim.groups AS outer_group JOIN scim.groups AS inner_group
                ON inner_group.display_name = 'g' || substr(outer_group.display_name, 2)::integer + 1
             WHERE inner_group.display_name NOT LIKE '%0'""")
        yield database
    finally:
        database.stop()


def walk(database, condition=""):
    """How many rows, and how often the way up was walked."""
    rows, calls = database.sql(f"""SET track_functions = 'pl'; SET jit = off; BEGIN;
        SELECT count(*) FROM scim.effective_memberships {condition}; SELECT coalesce({CALLS}, 0); COMMIT""").split("\n")
    return int(rows), int(calls)


def test_ways_are_walked_once_for_each_nested_group(alone):
    # A chain of ten has 1 + 2 + ... + 10 ways to a group, for each of its members.
    ways = PEOPLE // GROUPS * 2 * (GROUPS // 10) * 55
    nested = GROUPS - GROUPS // 10
    alone.sql("ANALYZE")
    assert walk(alone) == (ways, nested)
    assert walk(alone, "WHERE org = 'alone' AND user_id = (SELECT id FROM scim.users WHERE user_name = 'p9')") == (20, 2)
    assert walk(alone, "WHERE org = 'alone' AND user_id = (SELECT id FROM scim.users WHERE user_name = 'p10')") == (2, 0)
