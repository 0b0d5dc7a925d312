"""`scimlet why` and scim.why(): prepared causes, each named with the right next step for Okta and for Entra."""
import itertools
import json
import os

import pytest

HERE, NOT_HERE = 0, 3
serial = itertools.count(1)

# What causes are made of; {o} is the organization, jane the person who is asked for.
USER = "INSERT INTO scim.users (org, user_name, resource) VALUES ('{o}', 'Jane', '{{\"userName\": \"Jane\", \"externalId\": \"00u1\", \"emails\": [{{\"value\": \"Jane.Doe@example.com\"}}]}}');"
TOKEN = ("INSERT INTO scim.tokens (org, label, digest, last_four, expires, last_used, revoked) VALUES ('{o}', 'Production', "
         "sha256('{o}'), 'k2Qd', now() + interval '%s', %s, %s);")
ALIVE = TOKEN % ("1 year", "now() - interval '1 minute'", "NULL")
OFF = "UPDATE scim.organization_settings SET %s WHERE org = '{o}';"
JANE_ID = "(SELECT id FROM scim.users WHERE org = '{o}')"


def log(action, reason=None, arguments="{x}", result="refused", subject="'jane'", ago="2 minutes", kind="User", email="NULL",
        token="gen_random_uuid()"):
    at = ago if "(" in ago else f"now() - interval '{ago}'"
    return (f"INSERT INTO scim.request_log (org, at, request_id, token_id, action, resource_type, subject, subject_key, email_key, "
            f"result, status, reason, arguments) VALUES ('{{o}}', {at}, 'r1', {token}, '{action}', '{kind}', {subject}, "
            f"{subject}, {email}, '{result}', 400, {repr(reason) if reason else 'NULL'}, '{arguments}');"
            .replace("'{", "'{{").replace("}'", "}}'").replace("'{{{o}}}'", "'{o}'").replace("'{{o}}'", "'{o}'"))


def audit(action, token, person=f"{JANE_ID}"):
    return ("INSERT INTO scim.audit_events (org, token_id, actor, action, resource_type, resource_id, name) VALUES ('{o}', "
            + ("(SELECT id FROM scim.tokens WHERE org = '{o}' LIMIT 1)" if token else "NULL")
            + f", 'dba_dora', '{action}', 'User', {person}, 'Jane');")


def caller(reason):
    return ("INSERT INTO scim.refused_callers (org, hour, address, reason) VALUES "
            f"('{{o}}', date_trunc('hour', now()), '192.0.2.7', '{reason}');")


LOOKED = ("INSERT INTO scim.lookups (org, subject_key, day, attribute, number) VALUES ('{o}', 'jane', '2026-01-02', 'userName', 2),"
          " ('{o}', 'jane', '2026-01-03', 'userName', 1);")
# And once more, right before what log() tells of.
LOOKED_NOW = LOOKED.replace(", number)", ", number, last_at)").replace(", 2),", ", 2, now() - interval '1 day'),").replace(
    ", 1);", ", 1, now() - interval '125 seconds');")
SUSPEND = "UPDATE scim.users SET active = false WHERE org = '{o}';"
GONE = "gen_random_uuid()"
MAPPING = ("Attribute Mappings", "Attribute mappings")
SWITCH = ("To App > Edit", "Target Object Actions")

# name: what was prepared, code of the verdict, exit status, what Okta's and Entra's next step names
CAUSES = {
    "here, no sign-in yet": (USER, "why.provisioned", HERE, "Okta dashboard", "My Apps"),
    "here and active": (USER + "UPDATE scim.users SET account = 'a', last_login = now() WHERE org = '{o}';",
                        "why.active", HERE, "Nothing", "Nothing"),
    "deactivated by the provider": (ALIVE + USER + SUSPEND + audit("deactivated", True),
                                    "why.suspended_by_idp", HERE, "Assignments", "Users and groups"),
    "deactivated by SQL": (USER + SUSPEND + "DELETE FROM scim.audit_events WHERE org = '{o}';" + audit("deactivated", False),
                           "why.suspended_by_sql", HERE, "scimlet history", "scimlet history"),
    "deactivated before the audit": (USER + SUSPEND + "DELETE FROM scim.audit_events WHERE org = '{o}';",
                                     "why.suspended", HERE, "Assignments", "Users and groups"),
    "removed": (USER + "UPDATE scim.users SET active = false, removed = true WHERE org = '{o}';",
                "why.removed", HERE, "Assignments", "Users and groups"),
    "deleted and kept": ("INSERT INTO scim.deleted_users (org, id, user_name, resource, version, created, purge_after) VALUES "
                         "('{o}', gen_random_uuid(), 'JANE', '{{}}', 1, now(), now() + interval '30 days');",
                         "why.deleted_kept", NOT_HERE, "same person", "Assign the person"),
    "deleted by the provider": (ALIVE + audit("deleted", True, GONE), "why.deleted_by_idp", NOT_HERE, "Assignments", "Users and groups"),
    "deleted by SQL": (ALIVE + audit("deleted", False, GONE), "why.deleted_by_sql", NOT_HERE, "scimlet history", "scimlet history"),
    "two of that display name": ("INSERT INTO scim.users (org, user_name, display_name) VALUES ('{o}', 'a', 'Jane'), ('{o}', 'b', 'jane');",
                                 "why.several", HERE, "userName", "userPrincipalName"),
    "name taken": (ALIVE + log("create", "user.name_taken"), "user.name_taken", NOT_HERE, "Import", "matching attribute"),
    "was deactivated": (ALIVE + USER + SUSPEND + log("create", "user.was_deactivated"), "user.was_deactivated", HERE, "revive", "revive"),
    "required attribute": (ALIVE + log("create", "attr.required", "{name.familyName}"), "attr.required", NOT_HERE, *MAPPING),
    "domain": (ALIVE + log("create", "attr.domain", "{emails,example.com}"), "attr.domain", NOT_HERE, "allowed_domains", "allowed_domains"),
    "wrong type": (ALIVE + log("create", "attr.type", "{active,a boolean}"), "attr.type", NOT_HERE, *MAPPING),
    "too long": (ALIVE + log("create", "attr.too_long", "{title,1024}"), "attr.too_long", NOT_HERE, *MAPPING),
    "refused by email": (ALIVE + log("create", "attr.required", "{userName}", subject="'x'", email="'jane'"),
                         "attr.required", NOT_HERE, *MAPPING),
    "create off": (ALIVE + log("create", "action.create_off"), "action.create_off", NOT_HERE, "create_users=on", "create_users=on"),
    "update off": (ALIVE + USER + log("update", "action.update_off"), "action.update_off", HERE, *SWITCH),
    "deactivate off": (ALIVE + USER + log("deactivate", "action.deactivate_off"), "action.deactivate_off", HERE, *SWITCH),
    "delete off": (ALIVE + USER + log("delete", "action.delete_off"), "action.delete_off", HERE, *SWITCH),
    "email reassign": (ALIVE + USER + log("update", "attr.email_reassign"), "attr.email_reassign", HERE, "unassign", "remove the person"),
    "guard": (ALIVE + USER + log("deactivate", "guard.stopped", "{50,50}"), "guard.stopped", HERE, "guard release", "guard release"),
    "protected": (ALIVE + USER + log("update", "resource.protected", "{User,Jane}"), "resource.protected", HERE, "Assignments", "out of scope"),
    "provisioning off at the time": (ALIVE + log("create", "provisioning.off", "{moving}"), "provisioning.off", NOT_HERE,
                                     "provisioning=on", "provisioning=on"),
    "provisioning off now": (ALIVE + OFF % "provisioning = false, provisioning_off_reason = 'moving'",
                             "why.provisioning_off", NOT_HERE, "provisioning=on", "Restart provisioning"),
    "not here as a member": (ALIVE + log("update", "group.unknown_member", "{jane}", subject="'team'", kind="Group"),
                             "group.unknown_member", NOT_HERE, "Push Groups", "Users and groups"),
    "looked up": (ALIVE + LOOKED, "why.looked_up", NOT_HERE, "Create Users", "Provision on demand"),
    "looked up, create off": (ALIVE + LOOKED + OFF % "create_users = false", "why.looked_up_create_off", NOT_HERE,
                              "create_users=on", "create_users=on"),
    "never mentioned, create off": (ALIVE + OFF % "create_users = false", "why.create_off", NOT_HERE, "create_users=on", "create_users=on"),
    "never mentioned": (ALIVE, "why.never_mentioned", NOT_HERE, "Assignments", "scoping filter"),
    "silent": (TOKEN % ("1 year", "now() - interval '9 days'", "NULL"), "why.silent", NOT_HERE, "Test API Credentials", "quarantine"),
    "no token": ("", "why.no_token", NOT_HERE, "scimlet token create", "scimlet token create"),
    "token never used": (TOKEN % ("1 year", "NULL", "NULL"), "why.token_unused", NOT_HERE, "Integration", "Admin Credentials"),
    "tokens expired": (TOKEN % ("-1 day", "now() - interval '2 days'", "NULL"), "why.tokens_expired", NOT_HERE,
                       "scimlet token create", "Secret Token"),
    "tokens revoked": (TOKEN % ("1 day", "NULL", "now()"), "why.tokens_revoked", NOT_HERE, "scimlet token create", "Secret Token"),
    **{f"calls {reason}": (ALIVE + caller(f"auth.{reason}"), f"why.caller_{reason}", NOT_HERE, "Integration", "Admin Credentials")
       for reason in ("missing", "malformed", "unknown", "wrong_org", "expired", "revoked")},
    "scope": (ALIVE + LOOKED_NOW + log("create", "auth.scope", "{users}", subject="NULL"), "auth.scope", NOT_HERE, "--scopes", "--scopes"),
    "body too big": (ALIVE + LOOKED_NOW + log("call", "body.too_big", "{1048576}", subject="NULL"), "body.too_big", NOT_HERE, "Push Groups", "Scimlet"),
    "body not JSON": (ALIVE + LOOKED_NOW + log("call", "body.syntax", "{x,3}", subject="NULL"), "body.syntax", NOT_HERE, "System Log", "Provisioning logs"),
    "database away": (ALIVE + log("create", "server.db_down", "{}", result="failed"), "server.db_down", NOT_HERE, "Tasks", "next cycle"),
    "no seat": (ALIVE + USER + log("login", "login.no_seat", "{jane,5}"), "login.no_seat", HERE, "seat_limit", "seat_limit"),
    "sign-in of somebody unknown": (ALIVE + log("login", "login.unknown", "{jane}"), "login.unknown", NOT_HERE, "Sign On", "Attributes & Claims"),
}


def prepare(database, idp, statements):
    org = f"why-{next(serial)}"
    database.scimlet("org", "create", org)
    database.sql(f"SET scim.maintenance = 'on'; UPDATE scim.organization_settings SET idp = '{idp}' WHERE org = '{org}';" + statements.format(o=org))
    return org


def why(database, org, person, **options):
    done = database.scimlet("-o", "json", "why", org, person, check=False, **options)
    return done.returncode, json.loads(done.stdout)


def test_there_are_thirty_causes():
    assert len({code for _, code, *_ in CAUSES.values()}) >= 30


@pytest.mark.parametrize("cause", CAUSES)
def test_cause_and_next_step(database, cause):
    statements, code, status, okta, entra = CAUSES[cause]
    for idp, step in (("okta", okta), ("entra", entra)):
        org = prepare(database, idp, statements)
        got, rows = why(database, org, "JANE")
        assert (rows[0]["code"], got) == (code, status), rows
        assert step in rows[0]["next_step"], rows[0]
        assert "JANE" in rows[0]["sentence"] and "{" not in rows[0]["sentence"], rows[0]
        assert [row["ordinal"] for row in rows] == list(range(1, len(rows) + 1))
        assert [row["verdict"] for row in rows] == [True] + [False] * (len(rows) - 1)


def test_found_by_every_name(database):
    org = prepare(database, "okta", USER + "UPDATE scim.users SET login_subject = 'sub-1', display_name = 'Jane D' WHERE org = '{o}';")
    user_id = database.sql(f"SELECT id FROM scim.users WHERE org = '{org}'")
    for person, code in (("jAnE", "why.provisioned"), (user_id, "why.provisioned"), ("jane.doe@EXAMPLE.com", "why.other_name"),
                         ("00u1", "why.other_name"), ("sub-1", "why.other_name"), ("jane d", "why.other_name")):
        status, rows = why(database, org, person)
        assert (status, rows[0]["code"]) == (HERE, code), person


def test_what_was_done_later_ends_a_refusal(database):
    org = prepare(database, "okta", USER + log("update", "attr.type", "{a,b}", ago="2 hours") + log("update", result="done", ago="1 hour"))
    _, rows = why(database, org, "jane")
    assert rows[0]["code"] == "why.provisioned"
    assert "attr.type" in [row["code"] for row in rows]


# Written at the same moment: what was done counts, though the refusal is found first.
TWICE = USER + "".join(log("create", reason, "{jane,2}", result=result, ago="date_trunc('hour', now())", token=token)
                       for reason, result, token in (("import.twice", "refused", "'00000000-0000-0000-0000-000000000001'"),
                                                     (None, "done", "NULL")))


@pytest.mark.parametrize("statements", [
    USER + log("create", "attr.required", "{emails}", token="NULL", ago="2 hours") + log("create", result="done", token="NULL", ago="1 hour"),
    USER + log("create", result="done", token="NULL", ago="2 hours") + log("create", "attr.required", "{emails}", token="NULL", ago="1 hour"),
    TWICE])
def test_what_an_import_refused_does_not_hide_what_is_true(database, statements):
    org = prepare(database, "okta", statements + "UPDATE scim.users SET account = 'a', last_login = now() WHERE org = '{o}';")
    status, rows = why(database, org, "jane")
    assert (status, rows[0]["code"]) == (HERE, "why.active")
    assert "import.twice" in [row["code"] for row in rows] or "attr.required" in [row["code"] for row in rows]


def test_an_import_that_refused_somebody_who_is_not_here_tells_why(database):
    org = prepare(database, "okta", log("create", "attr.required", "{emails}", token="NULL"))
    status, rows = why(database, org, "jane")
    assert (status, rows[0]["code"]) == (NOT_HERE, "attr.required")


NOBODYS = {"no_id": log("update", "resource.not_found", "{User,123}", subject="NULL"),
           "no_json": log("call", "body.syntax", "{x,3}", subject="NULL")}


@pytest.mark.parametrize("refusal", NOBODYS)
def test_a_refusal_that_names_nobody_is_not_everybodys(database, refusal):
    org = prepare(database, "okta", ALIVE + NOBODYS[refusal])
    assert why(database, org, "zed")[1][0]["code"] == "why.never_mentioned"
    assert "the identity provider never asked for anybody like that" in why(database, org, "zed")[1][0]["sentence"]


@pytest.mark.parametrize("statements, mentioned", [
    (LOOKED_NOW + NOBODYS["no_id"], False), (LOOKED_NOW + NOBODYS["no_json"], True), (LOOKED + NOBODYS["no_json"], False),
    (LOOKED_NOW.replace("125 seconds", "5 minutes") + NOBODYS["no_json"], False),
    (LOOKED_NOW + log("call", "body.syntax", "{x,3}", subject="NULL", token="NULL"), False),
    (LOOKED_NOW + log("create", "auth.scope", "{groups}", subject="NULL", kind="Group"), False),
    (LOOKED_NOW + "UPDATE scim.lookups SET agent = 'another' WHERE org = '{o}';" + NOBODYS["no_json"], False)])
def test_who_was_looked_for_right_before_a_refusal_may_be_whom_it_was_about(database, statements, mentioned):
    org = prepare(database, "okta", ALIVE + statements)
    _, rows = why(database, org, "jane")
    assert rows[0]["code"] == ("body.syntax" if mentioned else "why.looked_up"), rows
    assert ("and we cannot tell about whom: The body" in rows[0]["sentence"]) is mentioned
    assert "last attempt" not in rows[0]["sentence"]
    assert why(database, org, "zed")[1][0]["code"] == "why.never_mentioned"


def test_an_id_that_is_not_here_is_not_tried_again(database):
    advice = database.sql("SELECT okta, entra, other FROM scim.reasons WHERE code = 'resource.not_found'")
    assert "ries again" not in advice and "ry again" not in advice and "cannot succeed" in advice


def test_looked_for_once(database):
    org = prepare(database, "okta", ALIVE + LOOKED)
    assert "the identity provider looked 3 times, last at " in why(database, org, "jane")[1][0]["sentence"]
    database.sql(f"DELETE FROM scim.lookups WHERE org = '{org}' AND number = 2")
    assert "the identity provider looked once, at " in why(database, org, "jane")[1][0]["sentence"]


@pytest.mark.parametrize("statements", ["", USER, USER + SUSPEND])
def test_a_reader_may_ask(database, statements):
    org = prepare(database, "okta", statements)
    assert database.sql(f"SET ROLE scim_reader; SELECT code FROM scim.why('{org}', 'jane') WHERE verdict").startswith("why.")


def test_since_when_and_by_whom(database):
    org = prepare(database, "okta", ALIVE + USER)
    assert " created at " in (first := why(database, org, "jane")[1][0]["sentence"]).replace("(", " ") and " by scimlet with psql" in first
    assert "created at" in why(database, org, "00u1")[1][0]["sentence"]
    database.sql(SUSPEND.format(o=org) + SUSPEND.replace("false", "true").format(o=org))
    assert "reactivated at" in why(database, org, "jane")[1][0]["sentence"]
    database.sql("SET scim.maintenance = 'on'; " + audit("reactivated", True).format(o=org))
    assert 'by the identity provider with the token "Production"' in why(database, org, "jane")[1][0]["sentence"]
    database.sql(f"SET scim.maintenance = 'on'; DELETE FROM scim.audit_events WHERE org = '{org}'")
    assert "by whom is not recorded any more" in why(database, org, "jane")[1][0]["sentence"]


def test_story_is_newest_first_and_limited(database):
    org = prepare(database, "okta", "".join(log("create", "attr.type", "{a,b}", ago=f"{n} hours") for n in range(1, 31)))
    _, rows = why(database, org, "jane")
    assert len(rows) == 20
    assert [row["at"] for row in rows[1:]] == sorted((row["at"] for row in rows[1:]), reverse=True)


def test_what_an_import_did_is_told_once(database, tmp_path):
    org = prepare(database, "okta", "")
    for title in ("Engineer", "Boss"):
        (tmp_path / "people.csv").write_text(f"userName,title\njane,{title}\n")
        database.scimlet("import", org, str(tmp_path / "people.csv"))
    _, rows = why(database, org, "jane")
    assert [row["evidence"].get("action") for row in rows[1:]] == ["update", "create"]
    database.sql(f"UPDATE scim.users SET title = 'Chief' WHERE org = '{org}'")
    assert len(why(database, org, "jane")[1]) == len(rows) + 1


def test_hidden_groups_and_protection_stand_behind_the_verdict(database):
    org = prepare(database, "okta", USER + "UPDATE scim.users SET protected = true WHERE org = '{o}';"
                  "INSERT INTO scim.groups (org, display_name, hidden) VALUES ('{o}', 'Team', true);"
                  "INSERT INTO scim.group_members (org, group_id, member_id, member_type) SELECT '{o}', groups.id, users.id, 'User' "
                  "FROM scim.groups, scim.users WHERE groups.org = '{o}' AND users.org = '{o}';"
                  "UPDATE scim.organization_settings SET groups_to_sync = '{{Other}}' WHERE org = '{o}';")
    codes = [row["code"] for row in why(database, org, "jane")[1]]
    assert {"why.protected", "why.hidden_groups"} <= set(codes)


def test_nothing_of_another_organization(database):
    there = prepare(database, "okta", ALIVE + USER + LOOKED + log("update", "attr.type", "{a,b}"))
    here = prepare(database, "okta", "")
    assert [row["code"] for row in why(database, here, "jane")[1]] == ["why.no_token"]
    seen = database.sql(f"BEGIN; SET LOCAL ROLE scim_service; SET LOCAL scim.org = '{here}'; "
                        f"SELECT count(*) FROM scim.people_called('{there}', 'jane'); COMMIT")
    assert seen == "0"


def test_as_people_read_it(database):
    org = prepare(database, "okta", ALIVE + LOOKED + log("call", "attr.type", "{\\u001b[31m,b}", ago="3 hours"))
    done = database.scimlet("why", org, "jane", check=False)
    assert done.returncode == NOT_HERE
    assert done.stdout.startswith("jane is not here")
    assert "\x1b" not in done.stdout


def test_unknown_organization(database):
    done = database.scimlet("why", "nobody-here", "jane", check=False)
    assert (done.returncode, done.stdout) == (NOT_HERE, "")
    assert "no organization" in done.stderr


def test_the_log_is_read_by_index(database):
    """SCIMLET_TEST_LOG_ROWS=10000000 measures what the issue demands; any size must not read the whole log."""
    rows = int(os.environ.get("SCIMLET_TEST_LOG_ROWS", "20000"))
    org = prepare(database, "okta", ALIVE)
    database.sql(f"INSERT INTO scim.request_log (org, at, request_id, action, subject, subject_key, result, status) "
                 f"SELECT '{org}', now() - i * interval '1 second' / 100, 'r', 'update', 'p' || i % 100000, 'p' || i % 100000, 'done', 200 "
                 f"FROM generate_series(1, {rows}) AS i; ANALYZE scim.request_log")
    shown = database.sql(f"BEGIN; SET LOCAL ROLE scim_service; SET LOCAL scim.org = '{org}'; SET LOCAL track_io_timing = off;"
                         f"SELECT count(*) FROM scim.why('{org}', 'warm');"
                         f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, FORMAT JSON) SELECT * FROM scim.why('{org}', 'p77'); COMMIT"
                         .replace("SET LOCAL track_io_timing = off;", ""))
    plan = json.loads(shown[shown.index("["):])[0]
    print(f"{rows} rows: {plan['Execution Time']} ms")
    assert plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"] < 20000


TEAM = "INSERT INTO scim.groups (org, display_name) VALUES ('{o}', 'Crew');"
CREW_ID = "(SELECT id FROM scim.groups WHERE org = '{o}')"


@pytest.mark.parametrize("prepared, words", [
    ("", ["the application sees it", "Its last change: created at", "by scimlet with psql"]),
    ("SELECT set_config('scim.org', '{o}', false); UPDATE scim.groups SET protected = true WHERE org = '{o}';",
     ["protected, so that SCIM changes nothing", "updated at"]),
    ("UPDATE scim.organization_settings SET groups_to_sync = '{{x}}' WHERE org = '{o}';", ["hidden, as it is not among"]),
    (f"SET scim.maintenance = 'on'; UPDATE scim.audit_events SET token_id = (SELECT id FROM scim.tokens WHERE org = '{{o}}'), action = 'members_added' "
     f"WHERE resource_id = {CREW_ID};", ['members added at', 'by the identity provider with the token "Production"']),
    (f"SET scim.maintenance = 'on'; DELETE FROM scim.audit_events WHERE resource_id = {CREW_ID};", ["by whom is not recorded any more"]),
    ("UPDATE scim.organization_settings SET unique_group_names = false WHERE org = '{o}';" + TEAM, ["the last changed of 2 of that name"])])
def test_a_group_is_none_of_the_people(database, prepared, words):
    org = prepare(database, "okta", ALIVE + TEAM + prepared)
    for word in ("crew", database.sql(f"SELECT min(id::text) FROM scim.groups WHERE org = '{org}'")):
        status, rows = why(database, org, word)
        assert (status, rows[0]["code"]) == (HERE, "why.group"), rows
        assert rows[0]["sentence"].startswith(f"{word} is a group, not a person, and is here: ")
        assert not [each for each in words if each not in rows[0]["sentence"]], rows[0]
        assert f"scimlet group show {org}" in rows[0]["next_step"] and rows[0]["evidence"]["displayName"] == "Crew"
    assert database.sql(f"SET ROLE scim_reader; SELECT code FROM scim.why('{org}', 'crew') WHERE verdict") == "why.group"


def test_a_group_that_is_gone_or_was_refused(database):
    org = prepare(database, "okta", ALIVE + TEAM + log("create", result="done", subject="'crew'", kind="Group"))
    database.sql(f"SET scim.maintenance = 'on'; UPDATE scim.request_log SET resource_id = {CREW_ID} WHERE org = '{{o}}';".format(o=org)
                 + f"DELETE FROM scim.groups WHERE org = '{org}'")
    status, rows = why(database, org, "Crew")
    assert (status, rows[0]["code"]) == (NOT_HERE, "why.group_gone") and "deleted at" in rows[0]["sentence"]
    org = prepare(database, "okta", ALIVE + log("create", "action.groups_off", "{}", subject="'crew'", kind="Group"))
    status, rows = why(database, org, "Crew")
    assert (status, rows[0]["code"]) == (NOT_HERE, "action.groups_off")
    assert rows[0]["sentence"].startswith("Crew is a group, not a person, and is not here; the last attempt (create, ")


def test_a_person_of_the_name_of_a_group_comes_first(database):
    org = prepare(database, "okta", ALIVE + TEAM + log("create", "attr.required", "{emails}", subject="'crew'"))
    assert why(database, org, "crew")[1][0]["code"] == "attr.required"
    org = prepare(database, "okta", ALIVE + TEAM + USER.replace("'Jane'", "'crew'").replace('"Jane"', '"crew"'))
    assert why(database, org, "crew")[1][0]["code"] == "why.provisioned"
