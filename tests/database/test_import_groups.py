"""Groups are imported by a few statements for many of them. It comes to the same as one by one, whatever the file says."""
import contextlib
import json
import random
import uuid

import pytest

from harness.postgres import Database
from harness.settings import EFFORT

ROUNDS = 4
PIECE = 20
RUN = "'00000000-0000-0000-0000-000000000000'"
AT_ONCE = ("import_groups_at_once(text,uuid,bigint)", "import_members_at_once(text,uuid,bigint)")


@pytest.fixture(scope="module")
def small():
    """A database in which a piece of an import is small, so that groups often wait for those of a later one."""
    database = Database()
    database.start()
    text = database.sql("SELECT pg_get_functiondef('scim.import_step'::regproc)")
    assert "bigint := 200" in text
    database.sql(text.replace("bigint := 200", f"bigint := {PIECE}"))
    yield database
    database.stop()


@contextlib.contextmanager
def one_by_one(database):
    """Without what does many at once: as if the database had refused it."""
    before = [database.sql(f"SELECT pg_get_functiondef('scim.{function}'::regprocedure)") for function in AT_ONCE]
    for text in before:
        head, _, rest = text.partition("\nBEGIN\n")
        database.sql(f"{head}\nBEGIN\n    RAISE EXCEPTION 'one by one';\n{rest}")
    yield
    for text in before:
        database.sql(text)


def quote(value):
    return "'" + value.replace("'", "''") + "'"


class Model:
    """What is there before, and two files of groups for it, the second much like the first; all out of a seed."""

    def __init__(self, seed):
        self.random = choose = random.Random(seed)
        self.spice = choose.choice([.02, .1, .3])
        self.settings = f"unique_group_names = {choose.choice(['true', 'true', 'false'])}, groups_to_sync = " + choose.choice(
            ["NULL", "NULL", "'{team*,*1}'"])
        self.people = [f"p{number}" for number in range(30)]
        self.fates = {name: choose.choice(["", "", "", "", "removed"]) for name in self.people[:5]}
        self.here = [(str(uuid.UUID(int=choose.getrandbits(128), version=4)), self.name(number), choose.choice([None, f"e{number}", "e1"]))
                     for number in range(8)]
        first = [self.group(number) for number in range(choose.randrange(30, 70))]
        self.name_members(first)
        second = [dict(record) for record in first if choose.random() < .9]
        for record in second:
            self.change(record)
        self.files = [first, second]

    def chance(self):
        return self.random.random() < self.spice

    def name(self, number):
        return self.random.choice(["Team {}", "Straße {}", "ﬁnn {}", "{}"]).format(number)

    def spelled(self, name):
        return self.random.choice([name, name, name.upper(), name.replace("ß", "ss"), name.replace("ﬁ", "fi")])

    def group(self, number):
        choose = self.random
        record = {"displayName": self.name(number + 4), "externalId": f"e{number + 4}", "id": f"r{number}"}
        if self.chance():
            record["displayName"] = choose.choice([self.name(choose.randrange(40)), f"e{choose.randrange(40)}", choose.choice(self.here)[0],
                                                   "", "  ", "x" * 1100, 7, None, ["a"], "x" * 5000])
        if self.chance():
            record["externalId"] = choose.choice([f"e{choose.randrange(40)}", self.name(choose.randrange(40)), choose.choice(self.here)[0],
                                                  f"r{choose.randrange(40)}", "", None, 5, "y" * 1100])
        for name in ("displayName", "externalId"):
            if self.chance():
                del record[name]
        return record

    def name_members(self, records):
        choose = self.random
        for at, record in enumerate(records):
            if choose.random() < .1:
                continue
            names = choose.sample(self.people[0 if self.chance() else 5:], choose.randrange(6))
            if choose.random() < .4:
                # Of groups that come later mostly, as those of a hierarchy do.
                others = records[at + 1:] if choose.random() < .8 else records
                names += [other.get(choose.choice(["id", "displayName", "externalId"])) or "none"
                          for other in choose.sample(others, min(len(others), choose.randrange(3)))]
            if self.chance():
                names += [choose.choice(["nobody", choose.choice(self.here)[1], choose.choice(self.here)[0], choose.choice(self.people).upper(),
                                         "r1", "e2", ""])]
            if names and self.chance():
                names.append(choose.choice(names))
            choose.shuffle(names)
            members = [{"value": self.spelled(name) if isinstance(name, str) else name} for name in names]
            for member in members:
                if self.chance():
                    member["type"] = choose.choice(["User", "Group", ""])
                if self.chance():
                    del member["value"]
            record["members"] = members
            if self.chance():
                record["members"] = choose.choice([None, "p1", [], ["p7", "p8"]])

    def change(self, record):
        choose = self.random
        if choose.random() < .2:
            self.name_members([record])
        if self.chance():
            record["displayName"] = self.name(choose.randrange(60))
        if self.chance():
            record["externalId"] = f"e{choose.randrange(60)}"

    def setup(self, org):
        """SQL that makes what is there before."""
        lines = [f"SET scim.org = '{org}'", f"UPDATE scim.organization_settings SET {self.settings}, on_deactivate = 'remove' WHERE org = '{org}'"]
        for name in self.people:
            lines.append(f"INSERT INTO scim.users (org, user_name, external_id) VALUES ('{org}', '{name}', 'x{name}')")
        for key, name, other in self.here:
            lines.append(f"INSERT INTO scim.groups (org, id, display_name, external_id) VALUES ('{org}', '{key}', '{name}', "
                         f"{quote(other) if other else 'NULL'}) ON CONFLICT DO NOTHING")
        keys = [key for key, _, _ in self.here]
        lines.append(f"INSERT INTO scim.group_members (org, group_id, member_id, member_type) SELECT '{org}', id, '{keys[5]}', 'Group' "
                     f"FROM scim.groups WHERE org = '{org}' AND id IN ('{keys[6]}', '{keys[7]}') AND EXISTS ("
                     f"SELECT FROM scim.groups WHERE org = '{org}' AND id = '{keys[5]}')")
        for key in self.random.sample(keys, 2):
            lines.append(f"INSERT INTO scim.group_members (org, group_id, member_id) SELECT '{org}', '{key}', id FROM scim.users "
                         f"WHERE org = '{org}' AND user_name LIKE 'p1%' AND EXISTS (SELECT FROM scim.groups WHERE org = '{org}' AND id = '{key}')")
        lines.append(f"UPDATE scim.groups SET protected = true WHERE org = '{org}' AND id = '{keys[6]}'")
        for name, fate in self.fates.items():
            if fate:
                lines.append(f"UPDATE scim.users SET active = false WHERE org = '{org}' AND user_name = '{name}'")
        return "; ".join(lines)


class Case:
    """Groups that are here, as (displayName, externalId, members), and a file of others, as (displayName, externalId, members)."""

    def __init__(self, here, *records, settings="unique_group_names = true", more=""):
        self.random, self.settings, self.here, self.more = random.Random(1), settings, here, more
        self.files = [[{"id": f"r{at}", **({"displayName": name} if name is not None else {}),
                        **({"externalId": other} if other is not None else {}),
                        **({"members": [member if isinstance(member, dict) else {"value": member} for member in members[0]]} if members else {})}
                       for at, (name, other, *members) in enumerate(records)]]

    def setup(self, org):
        lines = [f"SET scim.org = '{org}'", f"UPDATE scim.organization_settings SET {self.settings}, on_deactivate = 'remove' WHERE org = '{org}'",
                 f"INSERT INTO scim.users (org, user_name, external_id) SELECT '{org}', 'p' || n, 'xp' || n FROM generate_series(1, 9) AS n",
                 f"UPDATE scim.users SET active = false WHERE org = '{org}' AND user_name = 'p9'"]
        for at, (name, other, members) in enumerate(self.here, 1):
            lines += [f"INSERT INTO scim.groups (org, id, display_name, external_id) VALUES ('{org}', '{uuid.UUID(int=at)}', '{name}', "
                      f"{quote(other) if other else 'NULL'})",
                      f"INSERT INTO scim.group_members (org, group_id, member_id, member_type) SELECT '{org}', '{uuid.UUID(int=at)}', id, "
                      f"CASE WHEN id = '{uuid.UUID(int=1)}' THEN 'Group' ELSE 'User' END FROM (SELECT id, user_name AS name FROM scim.users WHERE org = '{org}' "
                      f"UNION ALL SELECT id, display_name FROM scim.groups WHERE org = '{org}') AS known WHERE name = ANY ('{{{','.join(members)}}}')"]
        return "; ".join(lines + [self.more.replace("ORG", org)])


OTHERS = [(f"Filler {at}", f"f{at}", ["p1"]) for at in range(PIECE)]
CASES = {
    "people": Case([], ("A", "1", ["p1", "P2", "xp3"]), ("B", None), ("C", "3", [])),
    "two with one externalId": Case([], ("A", "1", ["p1"]), ("B", "1", ["p2"])),
    "two names that are the same": Case([], ("Straße", None, ["p1"]), ("STRASSE", None, ["p2"]), settings="unique_group_names = false"),
    "the name of one is the externalId of another": Case([], ("A", "x", ["p1"]), ("x", None, ["p2"])),
    "the externalId of one is the name of another": Case([], ("x", None, ["p1"]), ("A", "X", ["p2"])),
    "a name becomes free": Case([("A", "1", ["p1"])], ("B", "1", ["p2"]), ("A", None, ["p3"])),
    "an externalId becomes another's": Case([("A", "1", ["p1"])], ("A", "2", ["p2"]), ("B", "1", ["p3"])),
    "an externalId that two have": Case([("A", "1", []), ("B", "1", [])], ("A", "9", ["p1"]), ("C", "1", ["p2"])),
    "a name that is the externalId of another": Case([("A", None, ["p1"]), ("B", "A", ["p2"])], ("A", None, ["p3"])),
    "twice": Case([("A", "1", ["p1"])], ("A", None, ["p2"]), *OTHERS, ("A", "1", ["p3"]), ("Filler 1", None)),
    "renamed": Case([("A", "1", ["p1"])], ("B", "1", ["p1"])),
    "the same, with other members": Case([("A", "1", ["p1", "p2"]), ("B", None, ["p1"]), ("C", None, ["p2"]), ("D", None, ["p2"])],
                                         ("A", "1", ["p2", "p3"]), ("B", None, ["p1"]), ("C", None), ("D", None, [])),
    "protected": Case([("A", None, ["p1"])], ("A", None, ["p2"]), more="UPDATE scim.groups SET protected = true WHERE org = 'ORG'"),
    "in one that is protected": Case([("A", None, ["p1"]), ("P", None, ["A"])], ("A", None, ["p2"]),
                                     more="UPDATE scim.groups SET protected = true WHERE org = 'ORG' AND display_name = 'P'"),
    "somebody who was removed": Case([], ("A", None, ["p1", "p9"]), ("B", None, ["p1"])),
    "somebody unknown": Case([("C", None, ["p1"])], ("A", None, ["p1", "nobody"]), ("B", None, ["p1"]), ("C", None, ["nobody"])),
    "a member without a value": Case([], ("A", None, [{"type": "User"}]), ("B", None, [{"display": "p1"}, {"value": "p1"}])),
    "a group called as a person": Case([("p1", None, [])], ("A", None, ["p1"]), ("B", None, [{"value": "p1", "type": "Group"}]),
                                       ("C", None, [{"value": "p1", "type": "User"}, {"value": "p1", "type": "Group"}, {"value": "p1", "type": ""}])),
    "in itself": Case([("C", "3", ["p1"])], ("A", None, ["a"]), ("B", "2", ["p1", "2"]), ("C", None, ["p1", "3"])),
    "each in the other": Case([], ("A", "1", ["p1", "2"]), ("B", "2", ["p1", "A"])),
    "who comes later": Case([], ("A", None, ["x"]), ("B", None, ["straße"]), ("C", None, [f"r{PIECE + 3}"]), *OTHERS,
                            ("X", "x", ["p1"]), ("STRASSE", None), ("Z", None)),
    "who comes later is refused": Case([], ("A", None, ["x"]), *OTHERS, ("X", "x", ["nobody"]), ("Y", None, ["x"])),
    "a member gets another name": Case([("A", "1", [])], ("C", None, ["A", "p1"]), ("D", None, ["1"]), ("B", "1")),
    "twice the same member": Case([("B", None, ["p1"])], ("A", None, ["p1", "P1", "xp1"]), ("B", None, ["p2", "P2"])),
    "hidden": Case([("Team B", None, []), ("B", None, [])], ("Team A", None, ["p1"]), ("A", None, ["p1"]), ("Team B", None, ["p1"]), ("B", None, ["p1"]),
                   settings="groups_to_sync = '{team*}'"),
    "names that cannot be": Case([], ("", "1"), ("  ", None), (None, "2"), ("x" * 1025, "3"), ("y", "z" * 1025), (7, None), ("a", ["b"]), ("Fine", "", ["p1"])),
}


def run(database, model, org):
    """Imports the files, and gives what it answered."""
    database.scimlet("org", "create", org)
    state = model.random.getstate()
    database.sql(model.setup(org))
    model.random.setstate(state)
    answers = []
    for records in model.files:
        rows = [f"('{org}', {line}, 'Group', {quote(json.dumps(record))}, {quote(record['id'])})" for line, record in enumerate(records, 1)]
        database.sql("INSERT INTO scim.import_staging (org, line, resource_type, resource, reference) VALUES " + ",".join(rows))
        answers += database.sql(f"SELECT line, resource_type, action, id IS NULL, subject, reason, sentence, changes FROM scim.import('{org}') "
                                "ORDER BY line, action").splitlines()
    return answers


def state(database, org):
    """All that is there, without ids and times; each group with its log and its audit, in order."""
    return database.sql(f"""
        CREATE TEMP VIEW named AS
        SELECT id, user_name AS name FROM scim.users WHERE org = '{org}'
         UNION ALL
        SELECT id, concat_ws('/', display_name, external_id) FROM scim.groups WHERE org = '{org}';
        SELECT 'group', t.display_name, t.external_id, t.version, t.member_count, t.hidden, t.protected, t.unique_name, t.created <= t.last_modified,
               (SELECT array_agg(named.name || m.member_type ORDER BY named.name) FROM scim.group_members AS m JOIN named ON named.id = m.member_id
                 WHERE m.org = '{org}' AND m.group_id = t.id),
               (SELECT array_agg(concat_ws(':', l.action, l.subject, l.subject_key, l.external_id, l.email_key, l.result, l.status, l.reason,
                                           l.arguments, l.sentence, l.agent, l.actor, l.method, left(l.request_id, 4), l.duration_ms > 0) ORDER BY l.at, l.action)
                  FROM scim.request_log AS l WHERE l.org = '{org}' AND l.resource_id = t.id AND l.result <> 'refused'),
               (SELECT array_agg(concat_ws(':', a.action, a.name, a.before - 'created', a.after - 'created', a.actor, a.application, a.request_id,
                                           (SELECT array_agg(named.name ORDER BY named.name) FROM named WHERE named.id = ANY (a.members))) ORDER BY a.seq)
                  FROM scim.audit_events AS a WHERE a.org = '{org}' AND a.resource_id = t.id)
          FROM scim.groups AS t WHERE t.org = '{org}'
         ORDER BY 2, 3, 4, 5, 10;
        SELECT 'refused', subject, subject_key, external_id, status, reason, arguments, sentence, action, count(*) FROM scim.request_log
         WHERE org = '{org}' AND result = 'refused' GROUP BY 2, 3, 4, 5, 6, 7, 8, 9 ORDER BY 2, 3, 4, 5, 6, 7, 8, 9;
        SELECT 'number', sum(number) FROM scim.resource_counts WHERE org = '{org}' AND resource_type = 'Group';
        SELECT 'audit', action, resource_type, count(*) FROM scim.audit_events WHERE org = '{org}' GROUP BY 2, 3 ORDER BY 2, 3;
        SELECT 'log', count(*) FROM scim.request_log WHERE org = '{org}';
        SELECT 'people', user_name, version, removed FROM scim.users WHERE org = '{org}' ORDER BY 2;
        SELECT 'left over', (SELECT count(*) FROM scim.import_staging), (SELECT count(*) FROM scim.import_matches)""").splitlines()


def differences(one, other):
    return "\n".join([f"- {line}" for line in one if line not in other] + [f"+ {line}" for line in other if line not in one])


def compare(database, model, name):
    many, lone = f"many-{name}", f"lone-{name}"
    at_once = run(database, model, many)
    with one_by_one(database):
        alone = run(database, model, lone)
    assert differences(at_once, alone) == "" and len(at_once) == len(alone)
    assert differences(state(database, many), state(database, lone)) == ""
    broken = [line for line in database.scimlet("check", many, check=False).stdout.splitlines()[1:] if "schema.complete" not in line]
    assert not broken


@pytest.mark.parametrize("case", CASES)
def test_what_is_not_as_usual(small, case):
    compare(small, CASES[case], f"case-{list(CASES).index(case)}")


@pytest.mark.parametrize("seed", range(ROUNDS * EFFORT))
def test_many_at_once_come_to_the_same(small, seed):
    compare(small, Model(seed), seed)


def test_hidden_groups_are_logged_as_such(small):
    """In both steps: as soon as it is made, and when its members have come."""
    run(small, Case([("Known", None, [])], ("New", None, ["p1"]), ("Outer", None, ["New"]), ("Known", None, ["p2"]), ("Team", None, ["p1"]),
                    settings="groups_to_sync = '{team*}'"), "hidden-log")
    logged = small.sql("SELECT subject, action, result, status, reason, arguments FROM scim.request_log WHERE org = 'hidden-log' "
                       "AND resource_type = 'Group' ORDER BY subject").splitlines()
    assert logged == ["Known|update|ignored|200|group.not_synced|{Known}", "New|create|ignored|201|group.not_synced|{New}",
                      "Outer|create|ignored|201|group.not_synced|{Outer}", "Team|create|done|201||"]
