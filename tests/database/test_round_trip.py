"""What `scimlet export` writes, `scimlet import` takes: two organizations become the same, byte by byte."""
import base64
import json
import random
import subprocess
import uuid

import pytest

from harness.settings import BUILD

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
SOME_FAILED = 1
PEOPLE = 500

HOSTILE = ["=1+1", "+49 170", "-5", "@SUM(A1)", "a,b", 'say "hi"', '"', "two\nlines", "two\r\nlines", "tab\there", "semi;colon", "back\\slash",
           "Jürgen Größe", "山田太郎", "🦄", "e\u0301", "null", "true", "0042", "N/A", "a'b", "{}", "[]", "\u2028", "a\u00a0b", "x" * 900]


def new_org(database):
    key = f"trip-{uuid.uuid4().hex[:12]}"
    database.scimlet("org", "create", key)
    return key


def everything(number):
    """A person with a value in every attribute that the schema has."""
    plural = [{"value": f"{kind}-{number}@x.org", "display": f"{kind} of {number}", "type": kind, "primary": kind == "work"}
              for kind in ("work", "home", "other")]
    return {
        "userName": f"every{number}@x.org", "externalId": f"ext-{number}", "displayName": "Every One", "nickName": "Eve",
        "name": {"formatted": "Dr. Every M. One, Jr.", "familyName": "One", "givenName": "Every", "middleName": "M.",
                 "honorificPrefix": "Dr.", "honorificSuffix": "Jr."},
        "profileUrl": "https://x.org/every", "title": "Tester", "userType": "Employee", "preferredLanguage": "de-DE", "locale": "de-DE",
        "timezone": "Europe/Berlin", "active": True, "emails": plural,
        "phoneNumbers": [{"value": "+49 1", "type": "work"}, {"value": "+49 2", "type": "mobile"}, {"value": "+49 3"}],
        "ims": [{"value": "every", "type": "xmpp"}], "photos": [{"value": "https://x.org/photo", "type": "photo"}],
        "addresses": [{"formatted": "A street 1\n12345 Town", "streetAddress": "A street 1", "locality": "Town", "region": "R",
                       "postalCode": "12345", "country": "DE", "type": "work", "primary": True}, {"country": "FR", "type": "home"}],
        "entitlements": [{"value": "e1", "display": "One", "type": "t"}], "roles": [{"value": "admin", "primary": True}],
        "x509Certificates": [{"value": base64.b64encode(b"certificate").decode()}],
        ENTERPRISE: {"employeeNumber": "007", "costCenter": "CC", "organization": "Org", "division": "Div", "department": "Dep"},
    }


def random_person(choose, number):
    """Some of it, with values that a file may trip over."""
    person = {"userName": f"p{number}{choose.choice(['', '@x.org', '-Ü', ' b', '%', ';'])}{number}"}
    for name in ("displayName", "nickName", "title", "userType", "externalId"):
        if choose.random() < 0.5:
            value = choose.choice(HOSTILE)
            person[name] = f"{value}#{number}" if name == "externalId" else value
    if choose.random() < 0.5:
        person["name"] = {name: choose.choice(HOSTILE) for name in ("familyName", "givenName") if choose.random() < 0.7} or {"middleName": "M"}
    if choose.random() < 0.8:
        kinds = choose.sample(["work", "home", "other", None], choose.randint(1, 4))
        person["emails"] = [{"value": f"{number}.{place}@x.org", **({"type": kind} if kind else {})} for place, kind in enumerate(kinds)]
        if choose.random() < 0.5:
            choose.choice(person["emails"])["primary"] = True
    if choose.random() < 0.3:
        person["phoneNumbers"] = [{"value": choose.choice(HOSTILE[:8]), "type": "work"}]
    if choose.random() < 0.4:
        person[ENTERPRISE] = {"department": choose.choice(HOSTILE)}
    if choose.random() < 0.5:
        person["active"] = choose.random() < 0.6
    return person


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def insert_people(database, org, people):
    database.sql("".join(f"INSERT INTO scim.users (org, resource) VALUES ('{org}', {quoted(json.dumps(person))});\n" for person in people))


def insert_groups(database, org, groups):
    """groups: name -> (externalId, userNames, names of groups that stand before)."""
    for name, (external_id, people, inner) in groups.items():
        database.sql(f"""INSERT INTO scim.groups (org, display_name, external_id)
            VALUES ('{org}', {quoted(name)}, {quoted(external_id) if external_id else 'NULL'})""")
        for kind, names, table, column in (("User", people, "users", "user_name"), ("Group", inner, "groups", "display_name")):
            if names:
                database.sql(f"""INSERT INTO scim.group_members (org, group_id, member_id, member_type)
                    SELECT '{org}', team.id, member.id, '{kind}' FROM scim.groups AS team, scim.{table} AS member
                     WHERE team.org = '{org}' AND team.display_name = {quoted(name)} AND member.org = '{org}'
                       AND member.{column} IN ({', '.join(map(quoted, names))})""")


@pytest.fixture(scope="module")
def rich(database):
    """An organization with everything in it."""
    choose = random.Random(20261124)
    org = new_org(database)
    people = [everything(1), everything(2)] + [random_person(choose, number) for number in range(PEOPLE)]
    insert_people(database, org, people)
    names = [person["userName"] for person in people]
    # Chains of managers: every third one's manager is the one before.
    database.sql(f"""UPDATE scim.users AS person SET manager_id = boss.id::text
        FROM (SELECT id, lead(user_name_key) OVER (ORDER BY user_name_key) AS report, row_number() OVER (ORDER BY user_name_key) AS place
                FROM scim.users WHERE org = '{org}') AS boss
        WHERE person.org = '{org}' AND person.user_name_key = boss.report AND boss.place % 3 < 2""")
    insert_groups(database, org, {
        "Everybody": (None, names, []), "Engineers": ("g-1", choose.sample(names, 40), []),
        "Grüße, \"all\"": (None, names[:3], ["Engineers"]), "semi;colon": (None, names[5:9], []),
        "Tree": (None, [], ["Engineers", "Grüße, \"all\"", "Everybody"]), "Nobody": ("g-2", [], []),
        " blank": (None, names[:1], []), "=cmd()": (None, names[:2], []),
    })
    return org


def export(database, org, *options, status=0):
    """Bytes as they are: Python would make LF of CR LF."""
    done = subprocess.run([BUILD / "scimlet", "--dsn", database.conninfo(), "export", org, *options], capture_output=True, check=False)
    assert done.returncode == status, done.stderr
    return done.stdout.decode()


def load(database, org, path, text, *options, status=0):
    path.write_text(text, newline="")
    done = database.scimlet("import", org, str(path), *options, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return done


def first_difference(one, other):
    pairs = [(a, b) for a, b in zip(one.split("\n"), other.split("\n")) if a != b]
    return pairs[0] if pairs else (len(one), len(other))


@pytest.mark.parametrize("kind, suffix", [("jsonl", "jsonl"), ("scim", "json")])
def test_everything_goes_over(database, rich, tmp_path, kind, suffix):
    copy = new_org(database)
    load(database, copy, tmp_path / f"people.{suffix}", export(database, rich, "--format", kind))
    before, after = (export(database, org, "--format", kind, "--canonical") for org in (rich, copy))
    assert before == after, first_difference(before, after)
    assert before.count("userName") == PEOPLE + 2 and "Tree" in before


def test_the_canonical_form_can_be_imported_too(database, rich, tmp_path):
    copy = new_org(database)
    canonical = export(database, rich, "--canonical")
    load(database, copy, tmp_path / "people.jsonl", canonical)
    assert export(database, copy, "--canonical") == canonical


def test_what_is_here_already_changes_nothing(database, rich, tmp_path):
    """Exit 10 would say that there is something to do."""
    for number, options in enumerate(([], ["--canonical"])):
        load(database, rich, tmp_path / f"{number}.jsonl", export(database, rich, *options), "--dry-run")


def test_csv_gives_back_what_it_carries(database, rich, tmp_path):
    copy = new_org(database)
    options = ("--format", "csv", "--groups", "--canonical")
    before = export(database, rich, *options, status=SOME_FAILED)       # two groups cannot be in a field, others have no people
    load(database, copy, tmp_path / "people.csv", before)
    after = export(database, copy, *options)
    assert before == after, first_difference(before, after)
    assert "=1+1" in before and "Engineers" in before
    assert export(database, copy, "--format", "csv", "--groups") != after      # ids


def test_csv_with_ids_names_managers_by_them(database, rich, tmp_path):
    copy = new_org(database)
    load(database, copy, tmp_path / "people.csv", export(database, rich, "--format", "csv"))
    before, after = (export(database, org, "--format", "csv", "--canonical") for org in (rich, copy))
    assert before == after, first_difference(before, after)


LDIF = """version: 1

dn: dc=x,dc=org
objectClass: domain
dc: x

dn: uid=boss,ou=People,dc=x,dc=org
objectClass: inetOrgPerson
uid: boss
cn: The Boss
sn: Boss
mail: boss@x.org
entryUUID: 11111111-0000-0000-0000-000000000001

dn: uid=jane,ou=People,dc=x,dc=org
objectClass: inetOrgPerson
uid: jane
cn:: SsO8cmdlbiBKYW5l
sn: Jane
givenName: Jürgen
mail: jane@x.org
mail: j@y.org
telephoneNumber: +49 1
title: A title that is so long
  that it is folded
departmentNumber: 42
manager: UID=Boss, OU=People, DC=x, DC=org
nsAccountLock: TRUE

dn: cn=crew,ou=Groups,dc=x,dc=org
objectClass: groupOfNames
cn: crew
member: uid=jane,ou=people,dc=x,dc=org
member: uid=boss,ou=People,dc=x,dc=org

dn: cn=top,ou=Groups,dc=x,dc=org
objectClass: groupOfUniqueNames
cn: top
uniqueMember: cn=Crew,ou=Groups,dc=x,dc=org

dn: cn=posix,ou=Groups,dc=x,dc=org
objectClass: posixGroup
cn: posix
memberUid: jane
"""


def test_ldif(database, tmp_path):
    org = new_org(database)
    done = load(database, org, tmp_path / "dump.ldif", LDIF)
    assert "1 entries are neither people nor groups" in done.stderr
    boss, jane, crew, posix, top = [json.loads(line) for line in export(database, org, "--canonical").rstrip("\n").split("\n")]
    user, team = "urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:core:2.0:Group"
    assert boss == {"schemas": [user], "externalId": "11111111-0000-0000-0000-000000000001", "userName": "boss", "displayName": "The Boss",
                    "name": {"familyName": "Boss"}, "emails": [{"value": "boss@x.org", "type": "work", "primary": True}]}
    assert jane == {"schemas": [user, ENTERPRISE], "userName": "jane", "displayName": "Jürgen Jane",
                    "name": {"familyName": "Jane", "givenName": "Jürgen"}, "title": "A title that is so long that it is folded", "active": False,
                    "emails": [{"value": "jane@x.org", "type": "work", "primary": True}, {"value": "j@y.org", "type": "work"}],
                    "phoneNumbers": [{"value": "+49 1", "type": "work"}], ENTERPRISE: {"department": "42", "manager": {"value": "boss"}}}
    people = [{"value": name, "type": "User"} for name in ("boss", "jane")]
    assert crew == {"schemas": [team], "displayName": "crew", "members": people}
    assert posix == {"schemas": [team], "displayName": "posix", "members": people[1:]}
    assert top == {"schemas": [team], "displayName": "top", "members": [{"value": "crew", "type": "Group"}]}
    load(database, org, tmp_path / "dump.ldif", LDIF, "--dry-run")      # nothing to do


def test_half_of_a_list_is_not_all(database, rich, tmp_path):
    whole = json.loads(export(database, rich, "--format", "scim"))
    whole["Resources"] = whole["Resources"][:10]
    done = load(database, new_org(database), tmp_path / "page.json", json.dumps(whole), status=4)
    assert "the other pages are missing" in done.stderr
