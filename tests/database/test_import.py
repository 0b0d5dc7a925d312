"""`scimlet import`: what a file says becomes people and groups, by the rules of SCIM, and what cannot be is told."""
import contextlib
import csv
import json
import os
import pty
import re
import subprocess
import uuid

import pytest

from harness.settings import BUILD

SOME_FAILED, USAGE, NOT_FOUND, REFUSED, PENDING = 1, 2, 3, 4, 10


class Organization:
    """An organization of its own, and files to import into it."""

    def __init__(self, database, directory):
        self.database, self.directory = database, directory
        self.key = f"import-{uuid.uuid4().hex[:12]}"
        database.scimlet("org", "create", self.key)

    def file(self, name, text):
        path = self.directory / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def lines(self, name, *records):
        return self.file(name, "".join(json.dumps(record) + "\n" for record in records))

    def run(self, path, *options, check=False):
        return self.database.scimlet("-o", "json", "import", self.key, str(path), *options, check=check)

    def counts(self, path, *options, status=0):
        done = self.run(path, *options)
        assert done.returncode == status, done.stderr
        return {name: number for name, number in json.loads(done.stdout).items() if number}

    def sql(self, statement):
        return self.database.sql(f"SET scim.org = '{self.key}'; {statement}")

    def set(self, *settings):
        self.database.scimlet("org", "set", self.key, *settings)

    def people(self, columns="user_name"):
        return self.sql(f"SELECT {columns} FROM scim.users WHERE org = '{self.key}' ORDER BY user_name").splitlines()

    def members(self):
        return self.sql(f"""SELECT team.display_name, coalesce(person.user_name, inner_team.display_name)
            FROM scim.group_members AS member
            JOIN scim.groups AS team ON team.org = member.org AND team.id = member.group_id
            LEFT JOIN scim.users AS person ON person.org = member.org AND person.id = member.user_id
            LEFT JOIN scim.groups AS inner_team ON inner_team.org = member.org AND inner_team.id = member.subgroup_id
            WHERE member.org = '{self.key}' ORDER BY 1, 2""").splitlines()

    def rejects(self, path):
        with open(f"{path}.rejects", newline="") as file:
            return {int(line): sentence for line, _, sentence in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}


@pytest.fixture
def org(database, tmp_path):
    return Organization(database, tmp_path)


def test_a_csv_file_twice(org):
    """The first time everybody comes, the second time nothing happens; log and audit tell of the first."""
    path = org.file("people.csv", "userName,name.givenName,mail,active,department,shoe\n"
                                  "jane,Jane,jane@example.com,true,Ops,38\njoe,\"Joe, jr.\",,FALSE,,\n")
    maps = ["--map", "mail=emails.work", "--map", "shoe="]
    assert org.counts(path, *maps) == {"records": 2, "User.create": 2}
    assert org.people("user_name, given_name, active, department") == ["jane|Jane|t|Ops", "joe|Joe, jr.|f|"]
    assert org.sql("SELECT value, type FROM scim.user_emails WHERE org = current_setting('scim.org')") == \
        "jane@example.com|work"
    assert org.counts(path, *maps) == {"records": 2, "User.same": 2}
    assert org.people("version") == ["1", "1"]
    log = org.sql("SELECT action, subject, status, email_key FROM scim.request_log WHERE org = current_setting('scim.org') "
                  "ORDER BY subject")
    assert log.splitlines() == ["create|jane|201|jane@example.com", "create|joe|201|"]
    assert org.sql("SELECT action, name FROM scim.audit_events WHERE org = current_setting('scim.org') "
                   "AND resource_type = 'User' ORDER BY name").splitlines() == ["created|jane", "created|joe"]
    assert org.sql("SELECT count(*) FROM scim.milestones WHERE org = current_setting('scim.org')") == "0"


def test_unmentioned_attributes_stay(org):
    org.counts(org.lines("a.jsonl", {"userName": "jane", "title": "Analyst", "nickName": "J", "name": {
        "givenName": "Jane", "familyName": "Doe"}}))
    again = org.lines("b.jsonl", {"userName": "jane", "title": None, "name": {"familyName": "Roe"}})
    assert org.counts(again) == {"records": 1, "User.update": 1}
    assert json.loads(org.people("resource")[0]) == {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "jane", "nickName": "J",
        "name": {"givenName": "Jane", "familyName": "Roe"}}


def test_columns_that_nobody_knows(org):
    done = org.run(org.file("people.csv", "userName,mail\njane,x\n"))
    assert done.returncode == USAGE
    assert "The column \"mail\" is no attribute of people." in done.stderr and "--map 'mail='" in done.stderr
    assert org.people() == []


def test_rejected_records(org):
    """Each with its line and a sentence, in file and log; the others go in."""
    org.set("required_attributes=name.familyName", "allowed_domains=example.com")
    path = org.file("people.jsonl", b"""{"userName":"good","name":{"familyName":"A"}}
{"userName":"nameless"}
not JSON
{"userName":"x@elsewhere.org","name":{"familyName":"B"}}
{"userName":"GOOD","name":{"familyName":"C"}}
{"userName":"bad","name":{"familyName":"D"},"active":"maybe"}
{"userName":"bad","name":{"familyName":"E"},"emails":[{"value":"a@example.com\x00"}]}
{"name":{"familyName":"F"}}
""")
    assert org.counts(path, status=SOME_FAILED) == {"records": 8, "User.create": 1, "refused": 7}
    assert org.people() == ["good"]
    rejects = org.rejects(path)
    assert sorted(rejects) == [2, 3, 4, 5, 6, 7, 8]
    assert "name.familyName" in rejects[2] and "allows (example.com)" in rejects[4] and "in line 1" in rejects[5]
    assert rejects[6] == '"active" must be true or false.'
    refused = org.sql("SELECT subject, reason FROM scim.request_log WHERE org = current_setting('scim.org') "
                      "AND result = 'refused' AND subject IS NOT NULL ORDER BY 1, 2").splitlines()
    assert refused == ["GOOD|import.twice", "bad|attr.type", "nameless|attr.required", "x@elsewhere.org|attr.domain"]


def test_what_the_database_refuses_is_one_record(org):
    """An email that is too long for its index: found among many, which go in."""
    people = [{"userName": f"p{number:03}"} for number in range(100)]
    people[37]["emails"] = [{"value": "x" * 2000}]
    people[91]["emails"] = [{"value": "y" * 2000}]
    path = org.lines("people.jsonl", *people)
    assert org.counts(path, status=SOME_FAILED) == {"records": 100, "User.create": 98, "refused": 2}
    assert sorted(org.rejects(path)) == [38, 92]
    assert "emails[0].value has 2000 bytes" in org.rejects(path)[38]


def test_groups_and_members(org):
    """Members by reference, userName, externalId and id; groups in groups in any order."""
    org.counts(org.lines("here.jsonl", {"userName": "here", "externalId": "h-1"}))
    here = org.people("id")[0]
    path = org.lines("all.jsonl",
                     {"displayName": "outer", "members": [{"value": "g2"}, {"value": "JANE"}]},
                     {"displayName": "inner", "id": "g2", "members": [{"value": "7"}, {"value": "h-1"}]},
                     {"displayName": "third", "members": [{"value": here}]},
                     {"displayName": "lost", "members": [{"value": "7"}, {"value": "nobody"}]},
                     {"id": "7", "userName": "jane"})
    assert org.counts(path, status=SOME_FAILED) == {
        "records": 5, "User.create": 1, "Group.create": 3, "added": 5, "refused": 1, "missing": 1}
    assert org.members() == ["inner|here", "inner|jane", "outer|inner", "outer|jane", "third|here"]
    assert '"nobody"' in org.rejects(path)[4]
    assert org.sql("SELECT count(*) FROM scim.groups WHERE display_name = 'lost'") == "0"
    smaller = org.lines("smaller.jsonl", {"displayName": "inner", "members": [{"value": "here"}]},
                        {"displayName": "outer", "externalId": "o", "meta": {"resourceType": "Group"}})
    assert org.counts(smaller) == {"records": 2, "Group.update": 2, "removed": 1, "missing": 2}
    assert org.members() == ["inner|here", "outer|inner", "outer|jane", "third|here"]


def test_groups_that_people_name(org):
    path = org.file("people.csv", "userName,groups\njane,Eng;Ops\njoe,eng\nann,\n")
    assert org.counts(path) == {"records": 3, "User.create": 3, "Group.create": 2, "added": 3}
    assert org.members() == ["Eng|jane", "Eng|joe", "Ops|jane"]
    logged = """SELECT action, subject, status, count(*) FROM scim.request_log
        WHERE org = current_setting('scim.org') AND resource_type = 'Group' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""
    assert org.sql(logged).splitlines() == ["create|Eng|201|1", "create|Ops|201|1", "update|Eng|200|1", "update|Ops|200|1"]
    assert org.counts(path) == {"records": 3, "User.same": 3}
    org.database.scimlet("group", "protect", org.key, "Ops")
    path = org.file("people.csv", "userName,groups\njane,\njoe,Ops\nann,Eng\n")
    assert org.counts(path, status=SOME_FAILED) == {
        "records": 3, "User.same": 3, "added": 1, "removed": 2, "refused": 1}
    assert org.members() == ["Eng|ann", "Ops|jane"]


def test_managers_in_any_order(org):
    people = [{"id": "1", "userName": "report", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
        "manager": {"value": "2"}}}, {"id": "2", "userName": "boss", "externalId": "b"},
        {"id": "3", "userName": "other", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "manager": {"value": "nobody"}}}]
    path = org.lines("people.jsonl", *people)
    assert org.counts(path) == {"records": 3, "User.create": 3, "User.manager": 1}
    boss, other, report = org.people("id, manager_id")
    assert report.split("|")[1] == boss.split("|")[0] and other.split("|")[1] == "nobody"
    assert org.counts(path) == {"records": 3, "User.same": 3}


@pytest.mark.parametrize("match, updated", [(None, "a"), ("external_id", "a"), ("user_name", "b"), ("email", "c")])
def test_whom_a_record_means(org, match, updated):
    org.counts(org.lines("here.jsonl", *(
        {"userName": name, "externalId": f"x-{name}", "emails": [{"value": f"{name}@example.com"}]} for name in "abc")))
    record = org.lines("one.jsonl", {"externalId": "x-a", "userName": "b", "title": "T",
                                     "emails": [{"value": "c@example.com"}]})
    options = ["--match", match] if match else []
    taken = updated != "b"      # it would take the userName of another
    counts = org.counts(record, *options, status=SOME_FAILED if taken else 0)
    assert counts == {"records": 1, "missing": 3 if taken else 2, "refused" if taken else "User.update": 1}
    named = org.lines("two.jsonl", {"externalId": "x-a", "userName": updated, "title": "T",
                                    "emails": [{"value": "c@example.com"}]})
    org.counts(named, *options)
    assert org.sql("SELECT user_name FROM scim.users WHERE org = current_setting('scim.org') AND title = 'T'") == updated


@pytest.mark.parametrize("match, own", [("userName", "user_name"), ("externalId", "external_id"), ("emails", "email"),
                                        ("EXTERNALID", "external_id")])
def test_words_of_scim_are_ours_too(org, match, own):
    """What is kept of the run, and compared by --resume, is our own word: either spelling goes on with the other's run."""
    options = "SELECT options FROM scim.import_runs ORDER BY started DESC LIMIT 1"
    path = org.lines("here.jsonl", {"userName": "a", "externalId": "1", "emails": [{"value": "a@example.com"}]})
    assert org.counts(path, "--match", own, "--format", "jsonl")["User.create"] == 1
    wanted = org.sql(options)
    assert json.loads(wanted)["match"] == own
    assert org.counts(path, "--match", match, "--format", "ndjson")["User.same"] == 1
    assert org.sql(options) == wanted
    org.sql(f"INSERT INTO scim.import_staging (org, line, resource) VALUES ('{org.key}', 1, '{path.read_text()}')")
    assert org.sql(f"SELECT action FROM scim.import('{org.key}', match => '{match}')") == "same"


def test_a_name_that_moves(org):
    """Two people swap userNames by way of a third name: one by one, as over HTTP."""
    org.counts(org.lines("here.jsonl", {"userName": "a", "externalId": "1"}, {"userName": "b", "externalId": "2"}))
    path = org.lines("moved.jsonl", {"userName": "c", "externalId": "1"}, {"userName": "a", "externalId": "2"})
    assert org.counts(path) == {"records": 2, "User.update": 2}
    assert org.people("external_id, user_name") == ["2|a", "1|c"]


def test_settings_that_an_import_obeys(org):
    org.counts(org.lines("here.jsonl", {"userName": "jane", "externalId": "1", "emails": [{"value": "j@example.com"}]},
                         {"userName": "kept", "externalId": "2"}, {"userName": "guarded"}))
    org.database.scimlet("user", "protect", org.key, "guarded")
    org.set("email_change=reassign", "on_deactivate=remove", "create_users=off", "update_users=off",
            "on_delete=suspend", "groups_to_sync=apono-*")
    org.sql(f"SELECT scim.delete_person('{org.key}', id) FROM scim.users WHERE user_name = 'kept'")
    path = org.lines("again.jsonl", {"userName": "jane", "emails": [{"value": "other@example.com"}]},
                     {"userName": "kept.again", "externalId": "2"}, {"userName": "guarded", "title": "T"},
                     {"userName": "new", "active": False}, {"displayName": "hidden", "members": []})
    assert org.counts(path, status=SOME_FAILED) == {
        "records": 5, "User.create": 1, "User.revive": 1, "refused": 2, "Group.create": 1, "missing": 2}
    assert "primary email" in org.rejects(path)[1] and "protected" in org.rejects(path)[3]
    assert org.sql("SELECT version FROM scim.users WHERE user_name = 'kept.again'") == "2"
    assert org.sql("SELECT hidden FROM scim.groups WHERE display_name = 'hidden'") == "t"
    org.counts(org.lines("off.jsonl", {"userName": "jane", "active": False}))
    assert org.people("user_name, status")[1] == "jane|removed"


def test_a_dry_run_is_what_then_happens(org):
    org.counts(org.lines("here.jsonl", *({"userName": f"p{number}", "title": "Old"} for number in range(20)),
                         {"displayName": "team", "members": [{"value": "p1"}]}))
    path = org.lines("there.jsonl", *({"userName": f"p{number}", "title": "New" if number % 2 else "Old"}
                                      for number in range(10, 30)), {"userName": "P10"},
                     {"displayName": "team", "members": [{"value": "p2"}]})
    before = org.people("user_name, version, resource")
    tried = org.counts(path, "--dry-run", status=PENDING)
    assert org.people("user_name, version, resource") == before and org.members() == ["team|p1"]
    assert org.sql("SELECT count(*) FROM scim.import_staging WHERE org = current_setting('scim.org')") == "0"
    assert org.counts(path, status=SOME_FAILED) == tried
    assert tried == {"records": 22, "User.create": 10, "User.update": 5, "User.same": 5, "Group.update": 1, "added": 1,
                     "removed": 1, "refused": 1, "missing": 10}
    done = org.run(org.lines("same.jsonl", {"userName": "p10"}), "--dry-run")
    assert done.returncode == 0


def test_a_dry_run_can_be_read(org):
    org.counts(org.lines("here.jsonl", {"userName": "wade", "title": "Analyst", "emails": [{"value": "w@example.com"}]}))
    path = org.lines("there.jsonl", {"userName": "wade", "title": "Senior Analyst", "nickName": "W"}, {"userName": "new"},
                     {"userName": "new"})
    done = org.database.scimlet("import", org.key, str(path), "--dry-run", check=False)
    assert done.returncode == PENDING
    lines = [line.split() for line in done.stdout.splitlines()]
    for line in ("+ create 1", "~ change 1", "~ wade", "! rejected 1"):
        assert line.split() in lines, done.stdout
    assert 'title        "Analyst" -> "Senior Analyst"' in done.stdout and 'nickName     none -> "W"' in done.stdout
    assert "Nothing was written" in done.stderr
    verbose = org.database.scimlet("import", org.key, str(path), "--dry-run", "--verbose", check=False)
    assert "+ new" in verbose.stdout


def test_what_a_dry_run_says_of_groups_stands_under_groups(org):
    org.counts(org.lines("here.jsonl", {"userName": "wade"}))
    path = org.file("there.csv", "userName,title,groups\nwade,Analyst,Team\n")
    done = org.database.scimlet("import", org.key, str(path), "--dry-run", check=False)
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines.index("~ wade") < lines.index("+ groups 1") < lines.index("~ group Team"), done.stdout


def test_who_is_missing(org):
    org.counts(org.lines("here.jsonl", *({"userName": f"p{number}"} for number in range(5)), {"userName": "guarded"}))
    org.database.scimlet("user", "protect", org.key, "guarded")
    two = org.lines("two.jsonl", {"userName": "p0"}, {"userName": "p1"})
    assert org.run(two, "--deactivate-missing").returncode == USAGE
    assert org.counts(two)["missing"] == 4
    done = org.run(two, "--deactivate-missing", "--max-deactivate", "2")
    assert done.returncode == REFUSED and "The file was imported" in done.stderr and "3 people" in done.stderr
    assert org.people("active") == ["t"] * 6
    done = org.run(org.lines("empty.jsonl"), "--deactivate-missing", "--max-deactivate", "100")
    assert done.returncode == REFUSED and "there is no person in it" in done.stderr
    assert org.people("active") == ["t"] * 6
    rejected = org.lines("bad.jsonl", {"userName": "p0"}, {"userName": "p1", "active": 7})
    done = org.run(rejected, "--deactivate-missing", "--max-deactivate", "9")
    assert done.returncode == REFUSED and "nobody was deactivated" in done.stderr
    assert org.people("active") == ["t"] * 6
    tried = org.counts(two, "--deactivate-missing", "--max-deactivate", "3", "--dry-run", status=PENDING)
    assert tried["User.deactivate"] == 3 and org.people("active") == ["t"] * 6
    done = org.run(two, "--deactivate-missing", "--max-deactivate", "3", check=True)
    assert "guarded is not in the file, is protected, and was left alone." in done.stderr
    assert org.people("user_name, active") == ["guarded|t", "p0|t", "p1|t", "p2|f", "p3|f", "p4|f"]
    assert org.sql("SELECT count(*) FROM scim.request_log WHERE org = current_setting('scim.org') "
                   "AND action = 'deactivate'") == "3"


def test_a_terminal_sees_how_far_it_is(org):
    """After a second: a bar with rate and time left, which is gone in the end; none elsewhere or with --quiet."""
    path = org.lines("many.jsonl", *({"userName": f"person.{number}@example.com"} for number in range(45_000)),
                     *({"displayName": f"team {number}", "members": [{"value": f"person.{number}@example.com"}]}
                       for number in range(4000)))
    outside, inside = pty.openpty()
    command = [BUILD / "scimlet", "--dsn", org.database.conninfo(), "import", org.key, str(path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=inside) as child:
        os.close(inside)
        said = b""
        with contextlib.suppress(OSError):      # so Linux tells of the end
            while piece := os.read(outside, 4096):
                said += piece
    os.close(outside)
    assert child.returncode == 0
    assert re.search(rb"\rImporting  \[#+ *\]  \d+ records, \d+/s, about \d+ s left\x1b\[K", said), said
    assert re.search(rb"\rImporting  49000 records are read, now: (groups|members of groups)\x1b\[K", said), said
    assert re.search(rb"\r\x1b\[KTo take back [^\r\x1b]*\r\n$", said), said[-200:]
    # Lines elsewhere, after ten seconds, but no bar.
    assert "\r" not in org.run(path).stderr


def test_who_was_removed_comes_into_no_group(org):
    """Where on_deactivate = remove: the record is rejected, as over HTTP, and the others go in."""
    org.set("on_deactivate=remove")
    org.counts(org.lines("here.jsonl", {"userName": "here"}, {"userName": "gone"}))
    org.sql(f"UPDATE scim.users SET active = false WHERE org = '{org.key}' AND user_name = 'gone'")
    group = "urn:ietf:params:scim:schemas:core:2.0:Group"
    groups = org.lines("groups.jsonl", {"schemas": [group], "displayName": "Both", "members": [{"value": "here"}, {"value": "gone"}]},
                       {"schemas": [group], "displayName": "One", "members": [{"value": "here"}]})
    assert org.run(groups).returncode == SOME_FAILED
    assert list(org.rejects(groups)) == [1] and '"gone"' in org.rejects(groups)[1]
    people = org.file("people.csv", "userName,groups\ngone,Both;One\nhere,Both;One\n")
    assert org.run(people).returncode == SOME_FAILED
    assert list(org.rejects(people)) == [2] and '"gone"' in org.rejects(people)[2]
    assert org.members() == ["Both|here", "One|here"]
    assert org.database.scimlet("check", org.key).stdout.count("\n") <= 1


def test_a_group_in_itself_is_rejected(org):
    """As over HTTP, whether the group is new or was there."""
    group = "urn:ietf:params:scim:schemas:core:2.0:Group"
    path = org.lines("groups.jsonl", {"schemas": [group], "displayName": "Self", "members": [{"value": "self", "type": "Group"}]},
                     {"schemas": [group], "displayName": "Fine"})
    again = org.lines("again.jsonl", {"schemas": [group], "displayName": "Fine", "members": [{"value": "Fine"}]})
    for file in (path, again):
        assert org.run(file).returncode == SOME_FAILED
        assert "cannot be a member of itself" in org.rejects(file)[1]
    assert org.members() == []
    assert org.sql(f"SELECT display_name FROM scim.groups WHERE org = '{org.key}'") == "Fine"


def test_rejects_go_over_nothing_that_is_there(org, tmp_path):
    """Neither over the input, under whatever name, nor through a link; and nobody else reads them."""
    precious, bad = tmp_path / "precious", tmp_path / "bad.csv"
    precious.write_text("precious")
    bad.write_text("userName,title\n,x\nfine,y\n")
    (tmp_path / "hard.csv").hardlink_to(bad)
    (tmp_path / "soft").symlink_to(precious)
    os.mkfifo(tmp_path / "pipe")
    for name in ("bad.csv", "hard.csv", "soft", "pipe"):
        done = org.run(bad, "--rejects", str(tmp_path / name))
        assert done.returncode == USAGE and "Say another with --rejects" in done.stderr, name
    assert org.run(bad, "--rejects", "/dev/null").returncode == SOME_FAILED
    assert org.people("user_name") == ["fine"] and precious.read_text() == "precious"
    assert bad.read_text().startswith("userName")
    done = org.run(bad, "--rejects", str(tmp_path / "rejected"))
    assert done.returncode == SOME_FAILED and (tmp_path / "rejected").stat().st_mode & 0o777 == 0o600
    assert sorted(each.name for each in tmp_path.iterdir() if "rejected" in each.name) == ["rejected"]


def test_hostile_files(org):
    """Nothing of it stops the import, nothing of it gets in, and the good records do."""
    lines = [b"{" * 200, b"\x00", b"\xff\xfe\xfd", b'{"userName":"' + b"x" * 2_000_000 + b'"}', b'{"userName":"a\\u0000"}',
             b'{"userName":"long","title":"' + b"y" * 70_000 + b'"}', b'{"userName":["a"]}', b"[]", b"null", b'"x"',
             b'{"userName":"\x1b[31m"}', b'{"userName":" "}', b'{"schemas":"x","userName":"y"}',
             b'{"userName":"deep","name":' + b'{"a":' * 200 + b"1" + b"}" * 201,
             b'{"userName":"emails","emails":[{"value":1}]}', b'{"userName":"tab","active":"\t"}',
             b'{"displayName":"","members":[]}', b'{"displayName":"g","members":[{"type":"User"}]}',
             b'{"displayName":"g","members":["nobody"]}', b'{"userName":"cut']
    bad = (lines * 6)[:100]
    path = org.file("hostile.jsonl", b"\n".join([b'{"userName":"first"}', *bad, b'{"userName":"last"}']) + b"\n")
    done = org.run(path)
    assert done.returncode == SOME_FAILED, done.stderr
    counts = json.loads(done.stdout)
    assert counts["refused"] == len(bad) and counts["User.create"] == 2
    assert org.people() == ["first", "last"]
    assert len(org.rejects(path)) == len(bad)


def test_files_that_are_none(org):
    assert org.run("/nowhere/at/all.csv").returncode == USAGE
    assert org.run(org.file("x.csv", b"\xff\xfeu\x00")).returncode == USAGE
    assert org.run(org.file("x.csv", "userName\n"), "--match", "shoe").returncode == USAGE
    assert org.run(org.file("x.unknown", "hello\n")).returncode == USAGE
    assert org.database.scimlet("import", "nobody-here", str(org.file("x.csv", "userName\na\n")),
                                check=False).returncode == NOT_FOUND
    assert org.counts(org.file("empty.jsonl", "")) == {}


def test_from_another_application_in_sql(org):
    """What its users are stands in a table; bad rows are answers."""
    org.sql(f"""INSERT INTO scim.import_staging (org, line, resource)
        VALUES ('{org.key}', 1, '{{"userName": "jane", "active": true}}'), ('{org.key}', 2, '{{"active": true}}'),
               ('{org.key}', 3, '{{"userName": "joe", "active": "True"}}'), ('{org.key}', 4, '[]'),
               ('{org.key}', 5, '{{"userName": "JANE"}}'), ('{org.key}', 6, '{{"userName": "{'x' * 2000}"}}')""")
    ask = f"SELECT line, action, reason, id IS NOT NULL FROM scim.import('{org.key}', match => 'user_name'%s) ORDER BY line"
    want = ["1|create||t", "2|refused|import.unusable|f", "3|refused|import.unusable|f", "4|refused|import.unusable|f",
            "5|refused|import.twice|f", "6|refused|import.unusable|f"]
    assert org.sql(ask % ", dry_run => true").splitlines() == want
    assert org.people() == []
    assert org.sql(ask % "").splitlines() == want
    assert org.people() == ["jane"]
    assert org.sql(ask % "") == ""


@pytest.mark.parametrize("members", ["NULL", "jsonb_build_array(jsonb_build_object('value', 'TEAM ' || (n + 200)), 't' || (n + 250), 'r' || (n + 300))"])
def test_groups_cost_the_same_for_many(org, database, tmp_path, members):
    """What a step reads to find the next groups does not depend on how many wait, also where groups are named that come later."""
    pages = []
    for number in (700, 5600):
        key = f"{org.key}-{number}"
        database.scimlet("org", "create", key)
        database.sql(f"""INSERT INTO scim.import_staging (org, line, resource_type, resource, reference)
            SELECT '{key}', n, 'Group', jsonb_build_object('displayName', 'team ' || n, 'externalId', 't' || n,
                       'description', repeat('x', 500), 'members', {members}), 'r' || n
              FROM generate_series(1, {number}) AS n""")
        ask = f"SELECT * FROM scim.import_groups_waiting('{key}', '00000000-0000-0000-0000-000000000000'"
        plan = database.sql(f"SET scim.org = '{key}'; {ask}, 1); EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {ask}, 200)")
        plan = json.loads(plan[plan.index("[\n"):])[0]["Plan"]
        pages.append(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
        waiting = database.sql(f"SET scim.org = '{key}'; SELECT count(unknown), count(strangers) FROM ({ask}, 200)) AS step")
        assert waiting == ("0|0" if members == "NULL" else "0|200")
    database.sql(f"DELETE FROM scim.import_staging WHERE org LIKE '{org.key}-%'")
    assert pages[1] < 1.5 * pages[0], pages


def test_what_an_import_did_is_taken_back(org):
    """By the command that it prints at its end, which it does not where nothing was done."""
    path = org.lines("people.jsonl", {"userName": "ann", "title": "Clerk"}, {"userName": "joe"})
    org.run(org.lines("before.jsonl", {"userName": "ann", "title": "Chief"}), check=True)
    said = org.run(path, check=True).stderr
    command = re.search(r"scimlet (undo \S+ --since \S+Z)$", said, re.MULTILINE)[1]
    assert org.people("user_name, title") == ["ann|Clerk", "joe|"]
    org.database.scimlet(*command.split(), "--yes")
    assert org.people("user_name, title") == ["ann|Chief"]
    assert "undo" not in org.run(org.lines("before.jsonl", {"userName": "ann", "title": "Chief"}), check=True).stderr
    assert "undo" not in org.run(path, "--dry-run").stderr


def test_who_is_missing_is_deactivated_by_a_second_try(org):
    org.run(org.lines("all.jsonl", {"userName": "ann"}, {"userName": "joe"}, {"userName": "sue"}), check=True)
    path = org.lines("few.jsonl", {"userName": "ann"})
    refused = org.run(path, "--deactivate-missing", "--max-deactivate", "1")
    assert refused.returncode == REFUSED and "With --resume and a larger number" in refused.stderr
    assert org.counts(path, "--deactivate-missing", "--max-deactivate", "2", "--resume")["User.deactivate"] == 2
    assert org.people("user_name, active") == ["ann|t", "joe|f", "sue|f"]
