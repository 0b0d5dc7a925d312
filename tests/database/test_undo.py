"""`scimlet undo --dry-run`: what would change, of whom, before anything does."""
import json
import uuid

import pytest

from harness.terminal import scimlet_at_terminal

DONE, PENDING = 0, 10


@pytest.fixture
def org(database):
    """Since its moment one came, one went, one and a group were changed, with a member more and a member less."""
    key = f"undo-{uuid.uuid4().hex[:12]}"
    database.scimlet("org", "create", key)
    database.sql(f"""INSERT INTO scim.users (org, user_name, title, family_name) VALUES ('{key}', 'jane', 'Engineer', 'Doe'),
            ('{key}', 'gone', NULL, NULL);
        INSERT INTO scim.groups (org, display_name) VALUES ('{key}', 'Team');
        INSERT INTO scim.group_members (org, group_id, member_id) SELECT '{key}', groups.id, users.id
          FROM scim.groups, scim.users WHERE groups.org = '{key}' AND users.org = '{key}' AND user_name = 'gone'""")
    moment = database.sql("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
    database.sql(f"""UPDATE scim.users SET title = 'Boss' || chr(8238), family_name = NULL, active = false
          WHERE org = '{key}' AND user_name = 'jane';
        DELETE FROM scim.users WHERE org = '{key}' AND user_name = 'gone';
        INSERT INTO scim.users (org, user_name) VALUES ('{key}', 'new');
        UPDATE scim.groups SET external_id = 'g1' WHERE org = '{key}';
        INSERT INTO scim.group_members (org, group_id, member_id) SELECT '{key}', groups.id, users.id
          FROM scim.groups, scim.users WHERE groups.org = '{key}' AND users.org = '{key}' AND user_name = 'jane'""")
    return key, moment


def test_a_terminal_sees_what_becomes_of_each_attribute(database, org):
    status, seen = scimlet_at_terminal(database, "undo", org[0], "--since", org[1], "--dry-run")
    assert status == PENDING
    assert seen == ('  + restored gone\n'
                    '  ~ changed  jane\n'
                    '          title        "Boss\\u{202E}" -> "Engineer"\n'
                    '          active       false -> true\n'
                    '          name.familyName none -> "Doe"\n'
                    '  - removed  new\n'
                    '  ~ changed  group Team\n'
                    '          external_id  "g1" -> none\n'
                    '  ~ members  group Team  +1 -1\n'
                    'Nothing was done yet. Without --dry-run it is.\n')


def test_programs_get_it_as_data(database, org):
    done = database.scimlet("-o", "json", "undo", org[0], "--since", org[1], "--dry-run", check=False)
    found = {(row["name"], row["action"]): row for row in json.loads(done.stdout)}
    assert done.returncode == PENDING
    assert found["jane", "changed"]["changes"] == {"title": ["Boss\u202e", "Engineer"], "active": [False, True],
                                                   "name.familyName": [None, "Doe"]}
    assert found["gone", "restored"]["changes"] is None
    assert (found["Team", "members"]["detail"], found["Team", "members"]["changes"]) == ("+1 -1", None)


def test_what_was_shown_is_what_is_done(database, org):
    _, before = scimlet_at_terminal(database, "undo", org[0], "--since", org[1], "--dry-run")
    status, seen = scimlet_at_terminal(database, "undo", org[0], "--since", org[1], "--yes")
    assert status == DONE
    assert before.splitlines()[:-1] == seen.splitlines()[:-1]
    status, seen = scimlet_at_terminal(database, "undo", org[0], "--since", org[1], "--dry-run")
    assert (status, seen) == (DONE, "Nothing has changed since then: there is nothing to undo.\n")
