"""Somebody is removed while somebody else puts the person into a group: in no order is a removed person a member.

Two sessions are led statement by statement, through every pair of a way to remove and a way to add.
"""
import random
import threading
import time
import uuid
from string import Template

import pytest

from harness.session import Session
from harness.settings import EFFORT

SECONDS = 2 * EFFORT

TEAM = "(SELECT id FROM scim.groups WHERE org = '$o' AND display_name = 'Team')"
# What a request of the responder says about itself.
REQUEST = """SET LOCAL scim.request = '{"id": "r", "method": "PATCH"}'; """

# $o organization, $p the person, $t when the person was removed before.
SOFTLY = {
    "UPDATE": "UPDATE scim.users SET active = false WHERE org = '$o' AND user_name = 'jane'",
    "deactivate_person": "SELECT action FROM scim.deactivate_person('$o', 'jane')",
    "PATCH": REQUEST + """SELECT (person).removed FROM scim.change_person('$o', '$p', '{"userName": "jane", "active": false}')""",
    "undo": "SELECT count(*) FROM scim.undo('$o', '$t', 'any', false)",
}
FOR_GOOD = {
    "DELETE": "DELETE FROM scim.users WHERE org = '$o' AND user_name = 'jane'",
    "remove_person": "SELECT action FROM scim.remove_person('$o', 'jane')",
    "DELETE of a request": REQUEST + "SELECT reason FROM scim.delete_person('$o', '$p')",
}
OF_A_GROUP = {
    "DELETE": "DELETE FROM scim.groups WHERE org = '$o' AND display_name = 'Sub'",
    "remove_group": "SELECT action FROM scim.remove_group('$o', 'Sub')",
}
# $m is whom they add: jane, or the group Sub.
ADDITIONS = {
    "INSERT": f"INSERT INTO scim.group_members (org, group_id, member_id, member_type) SELECT '$o', {TEAM}, '$m', '$y'",
    "add_members": "SELECT added FROM scim.add_members('$o', 'Team', '{$m}')",
    "set_members": "SELECT added FROM scim.set_members('$o', 'Team', '{$m}')",
    "PATCH": REQUEST + f"SELECT added FROM scim.add_group_members('$o', {TEAM}, '{{$m}}')",
    "import": """INSERT INTO scim.import_staging (org, resource_type, resource) VALUES ('$o', 'Group',
        '{"displayName": "Team", "members": [{"value": "$m"}]}'); SELECT action FROM scim.import('$o')""",
}
OF_A_PERSON = ADDITIONS | {
    "import of a person": """INSERT INTO scim.import_staging (org, resource_type, resource, groups) VALUES ('$o', 'User',
        '{"userName": "jane", "externalId": "7"}', '{Team,Other}'); SELECT action FROM scim.import('$o')""",
}
# Refused by the rule, by the foreign key, or to be tried again, which every program of ours does.
REFUSED = ("ERROR:  23514", "ERROR:  23503", "ERROR:  40001", "ERROR:  SC400",
           "same\nrefused")      # the record of an import that names one more member than there is
PAUSE = """
    CREATE SCHEMA race;
    CREATE FUNCTION race.pause() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_lock_shared(4711), pg_advisory_unlock_shared(4711);
        RETURN NEW;
    END $$;
    CREATE TRIGGER a_pause BEFORE INSERT ON scim.group_members FOR EACH ROW WHEN (current_setting('race.pause', true) = 'on')
        EXECUTE FUNCTION race.pause();
    GRANT USAGE ON SCHEMA race TO PUBLIC"""


@pytest.fixture(scope="module")
def sessions(database):
    """One that removes, one that adds, and one that holds the latter up between its look at the person and its row."""
    database.sql(PAUSE)
    observer = Session(database)
    three = [Session(database, observer=observer) for _ in range(3)]
    yield three
    for session in (*three, observer):
        session.close()
    database.sql("DROP SCHEMA race CASCADE")
    # Not `scimlet check`: the database is that of other tests, too.
    assert database.sql("SELECT * FROM scim.check() WHERE org LIKE 'race-%'") == ""


class Case:
    """An organization with jane, who was removed once and came back, and two groups; what the statements are filled with."""

    def __init__(self, observer):
        self.sql, self.org = observer.run, f"race-{uuid.uuid4().hex[:12]}"
        self.sql(f"""
            SELECT scim.create_organization('{self.org}', 'Race');
            UPDATE scim.organization_settings SET on_deactivate = 'remove', on_delete = 'suspend' WHERE org = '{self.org}';
            INSERT INTO scim.users (org, user_name, external_id) VALUES ('{self.org}', 'jane', '7'), ('{self.org}', 'joe', '8');
            INSERT INTO scim.groups (org, display_name) VALUES ('{self.org}', 'Team'), ('{self.org}', 'Other'), ('{self.org}', 'Sub');
            INSERT INTO scim.group_members (org, group_id, member_id) SELECT team.org, team.id, person.id
              FROM scim.groups AS team JOIN scim.users AS person USING (org)
             WHERE org = '{self.org}' AND team.display_name <> 'Sub' AND user_name = 'joe';
            UPDATE scim.users SET active = false WHERE org = '{self.org}' AND user_name = 'jane'""")
        then = self.sql("SELECT clock_timestamp()")
        self.sql(f"""
            UPDATE scim.users SET active = true WHERE org = '{self.org}' AND user_name = 'jane';
            INSERT INTO scim.group_members (org, group_id, member_id) SELECT team.org, team.id, person.id
              FROM scim.groups AS team JOIN scim.users AS person USING (org)
             WHERE org = '{self.org}' AND team.display_name = 'Other' AND user_name = 'jane'""")
        self.person, self.group = (self.sql(f"SELECT id FROM scim.{table} WHERE org = '{self.org}' AND {name}")
                                   for table, name in (("users", "user_name = 'jane'"), ("groups", "display_name = 'Sub'")))
        self.words = {"o": self.org, "p": self.person, "t": then, "m": self.person, "y": "User"}

    def about_the_group(self):
        self.words |= {"m": self.group, "y": "Group"}
        return self

    def fill(self, statement):
        return Template(statement).substitute(self.words)

    def members(self, of="Team"):
        """The members of a group, and what the group says of their number."""
        rows = self.sql(f"""SELECT coalesce(person.user_name, sub.display_name) FROM scim.group_members AS member
            JOIN scim.groups AS team ON team.org = member.org AND team.id = member.group_id
            LEFT JOIN scim.users AS person ON person.org = member.org AND person.id = member.user_id
            LEFT JOIN scim.groups AS sub ON sub.org = member.org AND sub.id = member.subgroup_id
            WHERE member.org = '{self.org}' AND team.display_name = '{of}' ORDER BY 1""").split()
        counted = self.sql(f"SELECT member_count FROM scim.groups WHERE org = '{self.org}' AND display_name = '{of}'")
        assert int(counted) == len(rows)
        return rows


def commit(session):
    return session.run("COMMIT")


def removal_first(case, removing, adding, _, removal, addition):
    """The addition waits for the removal, and is refused."""
    removing.run("BEGIN")
    said = removing.run(case.fill(removal))
    assert "ERROR" not in said
    adding.run("BEGIN")
    adding.start(case.fill(addition))
    assert adding.until_it_waits()
    commit(removing)
    said = adding.finish()
    commit(adding)
    return said


def addition_first(case, removing, adding, _, removal, addition):
    """The removal waits for the addition, and takes the membership away."""
    adding.run("BEGIN")
    said = adding.run(case.fill(addition))
    assert "ERROR" not in said
    removing.run("BEGIN")
    removing.start(case.fill(removal))
    assert removing.until_it_waits()
    commit(adding)
    assert "ERROR" not in removing.finish()
    commit(removing)
    return said


def removal_between(case, removing, adding, holding, removal, addition):
    """The addition has seen the person, who is gone by the time that it writes the row."""
    holding.run("SELECT pg_advisory_lock(4711)")
    adding.run("BEGIN; SET LOCAL race.pause = 'on'")
    adding.start(case.fill(addition))
    assert adding.until_it_waits()
    assert "ERROR" not in removing.run(case.fill("BEGIN; " + removal + "; COMMIT"))
    holding.run("SELECT pg_advisory_unlock(4711)")
    said = adding.finish()
    commit(adding)
    return said


@pytest.mark.parametrize("addition", OF_A_PERSON)
@pytest.mark.parametrize("removal", SOFTLY | FOR_GOOD)
def test_a_person(sessions, removal, addition):
    statements = (SOFTLY | FOR_GOOD)[removal], OF_A_PERSON[addition]
    for order in (removal_first, removal_between):
        case = Case(sessions[0].observer)
        said = order(case, *sessions, *statements)
        assert said.startswith(REFUSED), (order, said)
        assert case.members() == case.members("Other") == ["joe"]
    case = Case(sessions[0].observer)
    addition_first(case, *sessions, *statements)
    # set_members and an import of the group put joe out.
    assert case.members() in (["joe"], []) and case.members("Other") == ["joe"]


@pytest.mark.parametrize("addition", ADDITIONS)
@pytest.mark.parametrize("removal", OF_A_GROUP)
def test_a_group_in_a_group(sessions, removal, addition):
    statements = OF_A_GROUP[removal], ADDITIONS[addition]
    for order in (removal_first, removal_between):
        case = Case(sessions[0].observer).about_the_group()
        said = order(case, *sessions, *statements)
        assert said.startswith(REFUSED), (order, said)
        assert case.members() == ["joe"]
    case = Case(sessions[0].observer).about_the_group()
    addition_first(case, *sessions, *statements)
    assert case.members() in (["joe"], [])


@pytest.mark.parametrize("addition", ["INSERT", "add_members"])
def test_with_an_older_snapshot(sessions, addition):
    """Who reads as of before the removal cannot see it: the foreign key finds it all the same."""
    removing, adding, _ = sessions
    case = Case(sessions[0].observer)
    adding.run("BEGIN ISOLATION LEVEL REPEATABLE READ")
    assert adding.run(case.fill("SELECT removed FROM scim.users WHERE org = '$o' AND id = '$p'")) == "f"
    removing.run(case.fill(SOFTLY["UPDATE"]))
    assert adding.run(case.fill(OF_A_PERSON[addition])).startswith("ERROR:  40001")
    commit(adding)
    assert case.members() == ["joe"]


@pytest.mark.parametrize("addition", ["add_members", "set_members"])
def test_who_was_removed_is_nobody(sessions, addition):
    """Without a race it is the answer of HTTP: no such member."""
    case = Case(sessions[0].observer)
    sessions[0].run(case.fill(SOFTLY["UPDATE"]))
    assert sessions[1].run(case.fill(OF_A_PERSON[addition])).startswith("ERROR:  SC400")
    assert case.members() == ["joe"]


def storm(database, org, seed, until, results):
    """One session that adds, removes and lets in again, in any order; what it was told."""
    choice, session = random.Random(seed), Session(database)
    person = f"(SELECT id FROM scim.users WHERE org = '{org}' AND user_name = '%s')"
    while time.monotonic() < until or len(results) < 200:
        names = [f"p{choice.randrange(20)}" for _ in range(choice.choice((1, 1, 3)))]
        team = f"G{choice.randrange(5)}"
        listed = "{" + ",".join(names) + "}"
        quoted = ", ".join(f"'{name}'" for name in names)
        results.append(session.run(choice.choice((
            f"SELECT action FROM scim.add_members('{org}', '{team}', '{listed}')",
            f"SELECT action FROM scim.set_members('{org}', '{team}', '{listed}')",
            f"SELECT action FROM scim.remove_members('{org}', '{team}', '{listed}')",
            f"INSERT INTO scim.group_members (org, group_id, member_id) SELECT '{org}', team.id, person.id"
            f"  FROM scim.groups AS team, scim.users AS person WHERE team.org = '{org}' AND person.org = '{org}'"
            f"   AND team.display_name = 'G1' AND user_name IN ({quoted}) ON CONFLICT DO NOTHING",
            f"SELECT action FROM scim.deactivate_person('{org}', '{names[0]}')",
            f"UPDATE scim.users SET active = false WHERE org = '{org}' AND user_name = '{names[0]}'",
            f"SELECT action FROM scim.reactivate_person('{org}', '{names[0]}')",
            f"SELECT action FROM scim.reactivate_person('{org}', '{names[0]}')",
            f"UPDATE scim.users SET display_name = '{seed}' WHERE org = '{org}' AND id = {person % names[0]}"))))
    session.close()


def test_a_storm(database):
    org, seed, results = f"storm-{uuid.uuid4().hex[:12]}", random.randrange(2 ** 32), []
    print("seed", seed)
    database.sql(f"""
        SELECT scim.create_organization('{org}', 'Storm');
        UPDATE scim.organization_settings SET on_deactivate = 'remove', guard_per_hour = NULL WHERE org = '{org}';
        INSERT INTO scim.users (org, user_name) SELECT '{org}', 'p' || n FROM generate_series(0, 19) AS n;
        INSERT INTO scim.groups (org, display_name) SELECT '{org}', 'G' || n FROM generate_series(0, 4) AS n""")
    until = time.monotonic() + SECONDS
    threads = [threading.Thread(target=storm, args=(database, org, seed + number, until, results)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    deadlocks = sum("40P01" in said for said in results)
    refused = sum(said.startswith(REFUSED) for said in results)
    print(f"{len(results)} statements, {refused} refused, {deadlocks} deadlocks")
    assert not [said for said in results if "ERROR" in said and not said.startswith((*REFUSED, "ERROR:  40P01"))]
    assert len(results) > 100 and 0 < refused < len(results) / 2
    assert deadlocks <= len(results) / 50
    done = database.scimlet("check", org, check=False)
    assert done.returncode == 0, done.stdout
