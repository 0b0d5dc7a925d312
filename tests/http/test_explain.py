"""What filters read: `scimlet explain` and `scimlet index`, and the plans of the responder's own statements."""
import json
import re
import subprocess
import time

import pytest

from harness.client import Client
from harness.settings import BUILD

DONE, USAGE, NOT_FOUND, REFUSED = 0, 2, 3, 4
ORG = "explained"
PEOPLE = 20_000


@pytest.fixture(scope="module")
def people(database):
    """An organization with 20,000 people, 2,000 groups, and memberships; another beside it."""
    for org in (ORG, "explained-too"):
        database.organization(org)
        number = PEOPLE if org == ORG else 1000
        database.sql(f"""
            INSERT INTO scim.users (org, resource)
            SELECT '{org}', jsonb_build_object('userName', 'User-' || i || '@example.com', 'externalId', '00u' || i,
                       'displayName', 'User ' || i, 'nickName', 'Nick-' || i, 'profileUrl', 'https://x/U' || i,
                       'phoneNumbers', jsonb_build_array(jsonb_build_object('value', '+49 ' || i, 'type', 'work')),
                       'emails', jsonb_build_array(jsonb_build_object('value', 'User-' || i || '@example.com',
                                                                      'type', 'work')))
              FROM generate_series(1, {number}) AS i;
            INSERT INTO scim.groups (org, display_name)
            SELECT '{org}', 'Group ' || i FROM generate_series(1, {number} / 10) AS i;
            ANALYZE scim.users, scim.groups;    -- else it may be a nested loop, for minutes
            INSERT INTO scim.group_members (org, group_id, member_id)
            SELECT '{org}', g.id, u.id
              FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM scim.users WHERE org = '{org}') AS u
              JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM scim.groups WHERE org = '{org}') AS g
                ON g.n % 1000 = u.n % 1000""")
    parent = database.sql(f"SELECT id FROM scim.groups WHERE org = '{ORG}' AND display_name = 'Group 1'")
    database.sql(f"""INSERT INTO scim.group_members (org, group_id, member_id, member_type)
        SELECT org, '{parent}', id, 'Group' FROM scim.groups WHERE org = '{ORG}' AND display_name LIKE 'Group 1_'""")
    database.sql("VACUUM ANALYZE")
    return database


def explained(database, expression, *options):
    """What the command prints about a filter, as an object."""
    return json.loads(database.scimlet("-q", "-o", "json", "explain", ORG, expression, *options).stdout)


def quoted(value):
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"


def generic_plan(database, said, analyze=""):
    """The plan of that statement behind row level security when the values are not known."""
    parameters = ", ".join(quoted(said[f"${n}"]) for n in range(1, len(said) - 1))
    return database.sql(f"""BEGIN; SET LOCAL ROLE scim_service; SET LOCAL scim.org = '{ORG}'; SET LOCAL jit = off;
        SET LOCAL search_path = ''; SET LOCAL plan_cache_mode = force_generic_plan;
        PREPARE asked AS {said["sql"]};
        EXPLAIN (COSTS off{analyze}) EXECUTE asked({parameters}); ROLLBACK""")


def found(database, said):
    """The userNames of the people that the statement finds."""
    parameters = ", ".join(quoted(said[f"${n}"]) for n in range(1, len(said) - 1))
    rows = database.sql(f"""SET scim.org = '{ORG}'; PREPARE asked AS {said["sql"]}; EXECUTE asked({parameters})""")
    return re.findall(r'"userName": "([^"]*)"', rows)


ID = "00000000-0000-4000-8000-000000000001"
FREQUENT = [
    ('userName eq "user-7@example.com"', "users_user_name_key"),
    ('userName sw "user-77"', "users_user_name_key"),
    ('externalId eq "00u7"', "users_external_id_idx"),
    ('displayName eq "user 7"', "users_display_name_idx"),
    ('emails eq "user-7@example.com"', "user_emails_value_idx"),
    ('emails.value eq "user-7@example.com"', "user_emails_value_idx"),
    ('emails[type eq "work" and value eq "user-7@example.com"]', "user_emails_value_idx"),
    ('emails[type eq "work"].value eq "user-7@example.com"', "user_emails_value_idx"),
    (f'id eq "{ID}"', "users_pkey"),
    ('userName eq "user-7@example.com" and active eq true', "users_user_name_key"),
    ('userName eq "user-7@example.com" or externalId eq "00u8"', "users_external_id_idx"),
    ('meta.lastModified gt "2999-01-01T00:00:00Z"', "users_last_modified_idx"),
    (f'groups.value eq "{ID}"', "group_members_pkey"),
    (f'groups eq "{ID}"', "group_members_pkey"),
]
FREQUENT_GROUPS = [
    ('displayName eq "group 7"', "groups_display_name_idx"),
    ('displayName sw "group 77"', "groups_display_name_idx"),
    ('externalId eq "x"', "groups_external_id_idx"),
    (f'id eq "{ID}"', "groups_pkey"),
    (f'members eq "{ID}"', "group_members_user_id_idx"),
    (f'members.value eq "{ID}"', "group_members_user_id_idx"),
    (f'members[value eq "{ID}"]', "group_members_user_id_idx"),
]


@pytest.mark.parametrize("expression, index, options",
                         [(*each, ()) for each in FREQUENT] + [(*each, ("--groups",)) for each in FREQUENT_GROUPS])
def test_frequent_filters_use_an_index(people, expression, index, options):
    said = explained(people, expression, *options)
    for plan in (said["plan"], generic_plan(people, said)):
        assert index in plan, plan
        assert not re.search(r"Seq Scan on (users|groups|group_members|user_emails)\b", plan), plan


def test_a_page_reads_only_its_resources(people):
    """However little the planner knows of how long a page is."""
    plan = generic_plan(people, explained(people, "meta.lastModified gt \"2026-01-01T00:00:00Z\""), ", ANALYZE, TIMING off")
    plan = re.sub(r"(actual rows=\d+)\.00 ", r"\1 ", plan)     # PostgreSQL 18 writes averages
    assert f"actual rows={PEOPLE} " in plan      # the matches, for totalResults
    looked_up, = re.findall(r"Index Scan using users_pkey on users item(?:_1)? \(actual rows=1 loops=(\d+)\)", plan)
    assert int(looked_up) == 100


def test_values_of_a_filter_never_become_sql(people):
    said = explained(people, 'userName eq "x\'; DROP TABLE scim.users; --"')
    assert "DROP" not in said["sql"]
    assert "x'; DROP TABLE scim.users; --" in said.values()


def test_groups_of_groups_are_found_from_the_group_down(people):
    parent = people.sql(f"SELECT id FROM scim.groups WHERE org = '{ORG}' AND display_name = 'Group 1'")
    members = people.sql(f"""
        SELECT count(*) FROM scim.users AS person
         CROSS JOIN LATERAL scim.groups_of(person.org, person.id, '') AS membership
         WHERE org = '{ORG}' AND position('{parent}' IN membership.groups::text) > 0""")
    rows = found(people, explained(people, f'groups.value eq "{parent}"'))
    assert len(rows) == min(int(members), 100) > 20


def test_explain_is_for_people_too(people):
    done = people.scimlet("explain", ORG, 'nickName eq "nick-7"')
    sql, parameters, plan = done.stdout.split("\n\n", 2)
    assert sql.startswith("WITH matched AS ")
    assert "$1 = explained\n$2 = nick-7\n" in parameters
    assert "nickName" in plan
    assert "No index answers" in done.stderr
    assert "No index" not in people.scimlet("explain", ORG, 'userName eq "x"').stderr
    assert "actual time" in people.scimlet("explain", ORG, 'userName eq "x"', "--analyze").stdout


@pytest.mark.parametrize("expression, is_indexed", [
    ('userName eq "x"', True), ('userName ne "x"', False), ("userName pr", False), ('userName co "x"', False),
    ('not (userName eq "x")', False), ('userName eq "x" and title co "y"', True), ('userName eq "x" or title eq "y"', False),
    ('userName eq "x" or externalId eq "y"', True), ('userName eq "x" or emails eq "y"', False), ('emails sw "x"', False),
    ('emails[type eq "work"]', False), ('meta.created gt "2026-01-01T00:00:00Z"', True),
])
def test_explain_says_when_all_are_read(people, expression, is_indexed):
    assert ("No index answers" in people.scimlet("explain", ORG, expression).stderr) != is_indexed


def test_explain_refuses(people):
    done = people.scimlet("explain", ORG, 'userName is "x"', check=False)
    assert done.returncode == USAGE and "character 10" in done.stderr
    assert people.scimlet("explain", "nobody-here", 'userName eq "x"', check=False).returncode == NOT_FOUND
    assert people.scimlet("explain", ORG, check=False).returncode == USAGE
    assert people.scimlet("explain", ORG, 'userName eq "x"', "--groups", check=False).returncode == USAGE


# ---- scimlet index

def listed(database, org=None):
    rows = json.loads(database.scimlet("-o", "json", "index", "list").stdout)
    return {(row["resource"], row["attribute"]): row for row in rows if row["org"] in (None, "all", org)}


def test_index_list_names_every_attribute(database):
    rows = listed(database)
    assert rows["User", "userName"]["operators"] == "eq gt ge lt le sw"
    assert rows["User", "title"] == {"resource": "User", "attribute": "title", "operators": None, "org": None,
                                     "index": "none: reads all"}
    assert rows["Group", "members.value"]["operators"] == "eq"
    assert ("User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter") in rows
    assert ("User", "password") not in rows and ("Group", "userName") not in rows


@pytest.fixture(scope="module")
def indexed(people):
    for attribute in ("nickName", "phoneNumbers", "profileUrl"):
        people.scimlet("index", "add", ORG, attribute)
    return people


@pytest.mark.parametrize("expression, names", [
    ('nickName eq "NICK-7"', ["User-7@example.com"]),
    ('nickName sw "nick-1999"', [f"User-{n}@example.com" for n in (1999, *range(19990, 20000))]),
    ('phoneNumbers eq "+49 7"', ["User-7@example.com"]),
    ('phoneNumbers[type eq "work" and value eq "+49 7"]', ["User-7@example.com"]),
    ('phoneNumbers[type eq "home" and value eq "+49 7"]', []),
    ('phoneNumbers[type eq "work"].value sw "+49 1999"', [f"User-{n}@example.com" for n in (1999, *range(19990, 20000))]),
    ('profileUrl eq "https://x/U7"', ["User-7@example.com"]),
    ('profileUrl eq "https://x/u7"', []),      # case-exact
    ('nickName eq "nick-7" and title eq "x"', []),
])
def test_an_index_makes_a_filter_fast(indexed, expression, names):
    said = explained(indexed, expression)
    plan = generic_plan(indexed, said)
    assert "indexed_values_value_idx" in plan, plan
    assert "Seq Scan on users" not in plan, plan
    assert sorted(found(indexed, said)) == sorted(names)


def test_an_index_follows_every_change(indexed):
    def names(value):
        return found(indexed, explained(indexed, f'nickName eq "{value}"'))

    indexed.sql(f"""UPDATE scim.users SET resource = resource || '{{"nickName": "Fresh"}}'
                     WHERE org = '{ORG}' AND user_name = 'User-8@example.com'""")
    assert names("fresh") == ["User-8@example.com"] and names("nick-8") == []
    indexed.sql(f"""UPDATE scim.users SET resource = resource - 'nickName' WHERE org = '{ORG}' AND user_name LIKE 'User-8@%';
        INSERT INTO scim.users (org, resource) VALUES ('{ORG}', '{{"userName": "User-new", "nickName": "Fresh"}}')""")
    assert names("fresh") == ["User-new"]
    indexed.sql(f"DELETE FROM scim.users WHERE org = '{ORG}' AND user_name = 'User-new'")
    assert names("fresh") == []
    assert indexed.sql(f"SELECT count(*) FROM scim.indexed_values WHERE org = 'explained-too' AND attribute = 'nickName'") == "0"


def test_index_refuses(indexed):
    def ended(*arguments):
        return indexed.scimlet("index", *arguments, check=False).returncode

    assert ended("add", ORG, "nickName") == REFUSED
    assert ended("add", ORG, "userName") == REFUSED
    assert ended("add", ORG, "groups.display") == REFUSED
    assert ended("add", ORG, "meta.location") == REFUSED
    assert ended("add", ORG, "active") == REFUSED
    assert ended("add", ORG, "password") == REFUSED
    assert ended("add", ORG, "name") == USAGE
    assert ended("add", ORG, "colour") == NOT_FOUND
    assert ended("add", "nobody-here", "title") == NOT_FOUND
    assert ended("add", "No Org", "title") == NOT_FOUND
    assert ended("drop", ORG, "title") == NOT_FOUND


def test_an_index_is_filled_while_people_come_and_go(people):
    """Whoever is written while it is filled is in it, as he was last written."""
    org = "explained-too"
    writers = [subprocess.Popen(
        ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", f"""DO $$ BEGIN FOR i IN 1..300 LOOP
             UPDATE scim.users SET title = 'Title {writer} ' || i WHERE org = '{org}'
                AND user_name = 'User-' || (i * 7 + {writer}) % 1000 || '@example.com';
             INSERT INTO scim.users (org, user_name, title) VALUES ('{org}', 'w{writer}-' || i, 'Title new ' || i);
             DELETE FROM scim.users WHERE org = '{org}' AND user_name = 'w{writer}-' || (i - 5);
             COMMIT; END LOOP; END $$"""], env=people.environment()) for writer in range(3)]
    time.sleep(0.1)
    people.scimlet("index", "add", "all", "title")
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    wrong = people.sql("""
        SELECT count(*) FROM (SELECT org, id, scim.fold(title) AS value_key FROM scim.users
                               WHERE org = 'explained-too' AND title IS NOT NULL) AS there
          FULL JOIN (SELECT * FROM scim.indexed_values WHERE org = 'explained-too' AND attribute = 'title') AS noted
            ON (noted.org, noted.user_id, noted.value_key) = (there.org, there.id, there.value_key)
         WHERE noted.org IS NULL OR there.org IS NULL""")
    assert wrong == "0"
    assert int(people.sql(f"SELECT count(*) FROM scim.indexed_values WHERE org = '{org}' AND attribute = 'title'")) > 100


@pytest.mark.parametrize("front", ["lighttpd"], indirect=True, scope="session")
def test_the_responder_uses_the_index_and_can_do_without(front, database):
    """From the next request on; and while it is dropped, nobody is missed."""
    org = "indexed-org"
    client = Client(front.url(org), database.organization(org))
    client.create("jane", nickName="Janey")
    client.create("joe", nickName="Joe")

    def total():
        return client.get("/Users?filter=nickName%20eq%20%22janey%22").json["totalResults"]

    def uses():
        return int(database.sql("""SELECT coalesce(sum(calls), 0) FROM pg_stat_statements
            WHERE userid = 'scim_service'::regrole AND query LIKE '%indexed_values AS value%'"""))

    before = uses()
    assert total() == 1 and uses() == before
    database.scimlet("index", "add", org, "nickName")
    assert total() == 1 and uses() == before + 1
    dropping = subprocess.Popen([BUILD / "scimlet", "--dsn", database.conninfo(), "index", "drop", org, "nickName"])
    while dropping.poll() is None:
        assert total() == 1
    assert dropping.returncode == 0
    assert database.sql(f"SELECT count(*) FROM scim.indexed_values WHERE org = '{org}'") == "0"
    used = uses()
    assert total() == 1 and uses() == used
    client.close()
