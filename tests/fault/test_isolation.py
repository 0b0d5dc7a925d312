"""No organization reaches another: with both fences, and with either of them taken down."""
import re
import subprocess

import pytest

from harness.isolation import SECRET, Attacker, Responder, Victim, check, routes, rows_of
from harness.postgres import Database
from harness.process import new_directory
from harness.settings import BUILD, CHECKOUT, EFFORT

REQUESTS = 1300 * EFFORT

# What the statements and the planner say for "of this organization"; $1 stays, so that the parameters do.
PREDICATE = re.compile(r'(?:[\w"]+\.)*\borg = \$1(?!\d)')
IN_FUNCTION = re.compile(r"(?:\w+\.)*\borg = (?:\$1(?:\.org)?(?!\d)|\w+\.org|\w*_?org)\b(?!\.)")


@pytest.fixture
def database():
    database = Database()
    database.start()
    yield database
    database.stop()


def attack(database, program=None, seed=1):
    """Let a client of acme loose on other; how often each status was answered, on each route."""
    tokens = {org: database.organization(org, scopes="users,groups,login") for org in ("acme", "other")}
    database.sql("UPDATE scim.organization_settings SET guard_per_hour = NULL")
    seen = {}
    with Responder(database, program) as responder:
        victim = Victim(responder.client("other", tokens["other"]), tokens["other"])
        client = responder.client("acme", tokens["acme"])
        own = [Victim.make(client, "/Users", {"userName": f"own{number}"}) for number in range(3)]
        own += [Victim.make(client, "/Groups", {"displayName": f"Own {number}"}) for number in range(3)]
        before = rows_of(database, "other")
        attacker = Attacker(victim, own, tokens["acme"], seed)
        all_routes = sorted(routes())
        for number in range(REQUESTS):
            # Discovery is soon told; what reads and writes gets most of the time.
            route = attacker.random.choice(all_routes)
            if route[1] in ("Me", "Schemas", "ResourceTypes", "ServiceProviderConfig", "healthz") and number % 10:
                route = attacker.random.choice([route for route in all_routes if route[1] in ("Users", "Groups", "Bulk", "")])
            org, token = attacker.disguise()
            client.base, client.token = f"/scim/v2/{org}", token
            request = attacker.request_of(route)
            answer = client.request(*request)
            check(victim, request, answer)
            seen.setdefault(route, {}).setdefault(answer.status, 0)
            seen[route][answer.status] += 1
        assert rows_of(database, "other") == before
        assert SECRET not in responder.log.read_text(errors="replace")
    assert set(seen) == routes(), "a route was not tried"
    # It must have been let in, or the test proves nothing.
    for route, status in ((("GET", "Users", "NONE"), 200), (("POST", "Users", "NONE"), 201), (("GET", "Users", "ID"), 200),
                          (("PATCH", "Groups", "ID"), 400), (("POST", "Bulk", "NONE"), 200), (("GET", "Users", "ID"), 404)):
        assert seen[route].get(status), (route, seen[route])
    return seen


def take_down_row_level_security(database):
    for table in database.sql("SELECT oid::regclass FROM pg_class WHERE relnamespace = 'scim'::regnamespace"
                              " AND relrowsecurity").split():
        database.sql(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")


def test_both_fences(database):
    attack(database)


def test_predicates_alone(database):
    """Row-level security is off: what is left is org = $1."""
    take_down_row_level_security(database)
    database.sql("INSERT INTO scim.organizations (org) VALUES ('seen')")
    assert database.sql("SELECT count(*) FROM scim.organizations", user="scim_service") == "1", "the fence still stands"
    attack(database, seed=2)


def make_variable(expression):
    return subprocess.run(["make", "-s", "--no-print-directory", f"--eval=scimlet-say: ; @echo {expression}", "scimlet-say"],
                          cwd=BUILD, check=True, capture_output=True, text=True).stdout.split("\n")[-2].split()


def without_predicates(directory):
    """The sources whose SQL names the organization, without that, compiled; the object files."""
    files = make_variable("$(SQL_FILES)")
    for name in files:
        text = (CHECKOUT / name).read_text()
        if "/statement/" in name:
            text = PREDICATE.sub("($1::text IS NOT NULL)", text)
        elif "/function/" in name:
            text = re.sub(r"\$\$.*?\$\$", lambda body: IN_FUNCTION.sub("true", body.group()), text, flags=re.S)
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text)
    generated = subprocess.run(["awk", "-f", CHECKOUT / "sql/embed.awk", "-v", "part=source", *files],
                               cwd=directory, check=True, capture_output=True, text=True).stdout
    (directory / "sql.gen.c").write_text(generated)
    sources = ["sql.gen.c"]
    for name in ("plan.c", "plan_filter.c"):
        text = (CHECKOUT / "src/store" / name).read_text()
        changed, number = PREDICATE.subn("($1::text IS NOT NULL)", text)
        assert number >= 4, f"{name} says it in another way now"
        (directory / name).write_text(changed)
        sources.append(name)
    compile_them = make_variable("$(CC) $(AM_CFLAGS) $(CFLAGS) $(SCIMLET_CPPFLAGS)")
    for name in sources:
        subprocess.run([*compile_them, '-DSCIMLET_VERSION="test"', "-I", CHECKOUT / "src", "-I", BUILD / "src", "-c", name],
                       cwd=directory, check=True)
    return [(directory / name).with_suffix(".o") for name in sources]


def link(directory, program, objects):
    own = [BUILD / name for name in make_variable(f"$({program}_OBJECTS)")]
    libraries = [BUILD / "libhttp.a", BUILD / "libscimlet.a"]
    target = directory / program.replace("_", ".")
    # Ours come first, so that the archive's are not looked for.
    subprocess.run([*make_variable("$(CC) $(CFLAGS) $(AM_LDFLAGS) $(LDFLAGS)"), "-o", target, *own, *objects, *libraries,
                    *make_variable("$(FCGI_LIBS) $(CURL_LIBS) $(common_libs)")], check=True)
    return target


@pytest.fixture(scope="module")
def forgetful():
    """The programs as they would be had somebody forgotten org = $1 everywhere."""
    directory = new_directory("sclt-forgot-")
    objects = without_predicates(directory)
    responder, command_line = (link(directory, name, objects) for name in ("scimlet_fcgi", "scimlet"))
    named = [line for line in responder.read_bytes().split(b"\n") if b"org = $1" in line and not line.startswith(b"--")]
    assert not named, "some SQL still names the organization"
    return responder, command_line


def install(database, command_line):
    database.sql("DROP SCHEMA scim CASCADE")
    subprocess.run([command_line, "--dsn", database.conninfo(), "init"], check=True, capture_output=True)


def test_row_level_security_alone(database, forgetful):
    """What is left is row-level security."""
    responder, command_line = forgetful
    install(database, command_line)
    attack(database, responder, seed=3)


def test_no_fence_at_all(database, forgetful):
    """That the attack finds what there is to find."""
    responder, command_line = forgetful
    install(database, command_line)
    take_down_row_level_security(database)
    with pytest.raises(AssertionError):
        attack(database, responder, seed=3)
