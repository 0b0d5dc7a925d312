"""`scimlet pull` against servers that behave, and against servers that do not; another Scimlet is in tests/http/test_pull_from_scimlet.py."""
import json
import os
import subprocess
import uuid

import pytest

from harness.scim_server import ScimServer
from harness.settings import BUILD

DONE, SOME_FAILED, USAGE, REFUSED, PENDING = 0, 1, 2, 4, 10
TOKEN = "secret-token"


@pytest.fixture
def org(database):
    key = f"pull-{uuid.uuid4().hex[:12]}"
    database.scimlet("org", "create", key)
    return key


@pytest.fixture
def token_file(tmp_path):
    path = tmp_path / "token"
    path.write_text(TOKEN + "\n")
    return path


def pull(database, org, url, *options, token=TOKEN, check=True, environment=None):
    """The token comes through standard input; it is nowhere to be seen."""
    command = [BUILD / "scimlet", "--dsn", database.conninfo(), "pull", org, url, "--rejects", os.devnull, *options]
    if token is not None:
        command += ["--token-file", "-"]
    done = subprocess.run(command, input=token, text=True, capture_output=True, check=False, timeout=120,
                          env={**os.environ, **(environment or {})})
    assert not token or token not in done.stdout + done.stderr
    assert not check or done.returncode == DONE, done.stdout + done.stderr
    return done


def person(number, **attributes):
    return {"id": f"id-{number}", "userName": f"p{number}", **attributes}


def group(name, *members):
    return {"id": f"group-{name}", "displayName": name, "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "members": [{"value": member} for member in members]}


def members(database, org, name):
    return database.sql(f"""SELECT string_agg(coalesce(person.user_name, sub.display_name), ',' ORDER BY coalesce(person.user_name, sub.display_name) COLLATE "C")
        FROM scim.groups AS team JOIN scim.group_members AS member ON (member.org, member.group_id) = (team.org, team.id)
        LEFT JOIN scim.users AS person ON (person.org, person.id) = (member.org, member.user_id)
        LEFT JOIN scim.groups AS sub ON (sub.org, sub.id) = (member.org, member.subgroup_id)
        WHERE team.org = '{org}' AND team.display_name = '{name}'""")


def people_of(database, org):
    return int(database.sql(f"SELECT count(*) FROM scim.users WHERE org = '{org}'"))


def test_people_and_groups_of_several_pages(database, org):
    people = [person(n) for n in range(120)]
    people[7]["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"] = {"manager": {"value": "id-9"}}
    with ScimServer(people, [group("All", *(p["id"] for p in people)), group("Top", "group-All", "id-1")]) as server:
        dry = pull(database, org, server.url, "--dry-run", check=False)
        assert dry.returncode == PENDING and people_of(database, org) == 0
        pull(database, org, server.url + "/")
        again = pull(database, org, server.url, "--dry-run")
    assert people_of(database, org) == 120
    assert members(database, org, "Top") == "All,p1"
    assert len(members(database, org, "All").split(",")) == 120
    assert database.sql(f"""SELECT manager.user_name FROM scim.users AS person JOIN scim.users AS manager
        ON manager.org = person.org AND manager.id::text = person.manager_id
        WHERE person.org = '{org}' AND person.user_name = 'p7'""") == "p9"
    assert again.returncode == DONE
    assert {authorization for _, authorization in server.asked} == {f"Bearer {TOKEN}"}


def test_what_is_interrupted_goes_on_where_it_was(database, org):
    people = [person(n) for n in range(3000)]

    def breaks_off(request):
        start = "startIndex=2601&" in request.path
        return (401, {}, json.dumps({"detail": "Expired."})) if start and not fixed else None

    fixed = False
    with ScimServer(people, [group("G", "id-1", "id-2999")], page=1000, story=breaks_off) as server:
        broken = pull(database, org, server.url, check=False)
        assert broken.returncode == REFUSED and "Expired." in broken.stderr
        assert people_of(database, org) == 2600
        fixed = True
        server.asked.clear()
        pull(database, org, server.url, "--resume")
        assert not any("/Users?startIndex=1&" in path for path, _ in server.asked)
    assert people_of(database, org) == 3000 and members(database, org, "G") == "p1,p2999"


def test_a_busy_server_is_waited_for(database, org):
    refused = []

    def busy(request):
        if "/Users" in request.path and len(refused) < 2:
            refused.append(request.path)
            return (429, {"Retry-After": "1"}, "") if len(refused) == 1 else (503, {}, "")
        return None

    with ScimServer([person(1)], story=busy) as server:
        pull(database, org, server.url)
    assert len(refused) == 2 and people_of(database, org) == 1


def test_the_token_goes_to_nobody_else(database, org):
    with ScimServer([person(1)]) as elsewhere:
        with ScimServer(story=lambda request: (302, {"Location": elsewhere.url + "/Users"}, "")) as server:
            done = pull(database, org, server.url, check=False)
            assert done.returncode == REFUSED and "another address" in done.stderr
        assert elsewhere.asked == []
    assert people_of(database, org) == 0


def test_a_redirect_on_the_same_host_is_followed_but_not_for_ever(database, org):
    def moved(request):
        return None if "/new/" in request.path else (307, {"Location": "/new" + request.path}, "")

    with ScimServer([person(1)], story=moved) as server:
        pull(database, org, server.url)
    assert people_of(database, org) == 1
    with ScimServer(story=lambda request: (307, {"Location": request.path + "1"}, "")) as server:
        assert pull(database, org, server.url, check=False).returncode == REFUSED
        assert len(server.asked) < 10


def test_a_wrong_token(database, org):
    with ScimServer([person(1)], token="another") as server:
        done = pull(database, org, server.url, check=False)    # the server says the token back; pull() looks that we do not
    assert done.returncode == REFUSED and "does not accept the token" in done.stderr and "is no good" in done.stderr


def test_servers_that_lie(database, org):
    people = [person(n) for n in range(30)]
    lies = {
        "same page": lambda request: server.list(people, {"startIndex": ["1"], "count": ["10"]}) if "/Users" in request.path else None,
        "Some are missing": lambda request: (200, {}, json.dumps({"totalResults": 50, "Resources": []})) if "/Users" in request.path else None,
        "no list": lambda request: (200, {}, '{"hello": "world"}'),
        "cannot be read": lambda request: (200, {}, "<html>Sign in</html>"),
    }
    for sentence, lie in lies.items():
        with ScimServer(people, story=lie) as server:
            done = pull(database, org, server.url, check=False)
            assert done.returncode == REFUSED and sentence in done.stderr, (sentence, done.stderr)
            assert len(server.asked) < 20


def test_who_is_missing_is_not_told_by_half_a_list(database, org):
    people = [person(n) for n in range(20)]
    with ScimServer(people) as server:
        pull(database, org, server.url)
    half = lambda request: (200, {}, json.dumps({"totalResults": 20, "Resources": people[:5] if "startIndex=1&" in request.path else []}))
    with ScimServer(story=lambda request: half(request) if "/Users" in request.path else None) as server:
        done = pull(database, org, server.url, "--deactivate-missing", "--max-deactivate", "100", check=False)
    assert done.returncode == REFUSED
    assert database.sql(f"SELECT count(*) FROM scim.users WHERE org = '{org}' AND active") == "20"


def certificate(tmp_path):
    key, crt = tmp_path / "key.pem", tmp_path / "crt.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", crt, "-days", "2",
                    "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    return crt, key


def test_certificates_are_verified(database, org, tmp_path, monkeypatch):
    crt, key = certificate(tmp_path)
    with ScimServer([person(1)], certificate=(crt, key)) as server:
        done = pull(database, org, server.url, check=False)
        assert done.returncode == REFUSED and "certificate" in done.stderr.lower() and server.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(crt))
        pull(database, org, server.url)
        assert server.asked != []


def test_wrong_use(database, org, token_file):
    for url, sentence in (("ftp://x.org/", "https://"), ("http://scim.example.com/v2", "https://"), ("https://u:p@x.org/", "--token-file"),
                          ("https://x.org/scim?a=b", "question mark"), ("nonsense::", "address")):
        done = pull(database, org, url, check=False)
        assert done.returncode == USAGE and sentence in done.stderr, (url, done.stderr)
    with ScimServer([person(1)]) as server:
        assert pull(database, "nobody-here", server.url, check=False).returncode == 3
        assert pull(database, org, server.url, "--token-file", "/nonexistent", token=None, check=False).returncode == USAGE
        assert pull(database, org, server.url, token="", check=False).returncode == USAGE
        assert pull(database, org, server.url, token="two words", check=False).returncode == USAGE
        pull(database, org, server.url, "--token-file", str(token_file), token=None)
    assert people_of(database, org) == 1
    done = pull(database, org, "http://127.0.0.1:1/scim", check=False)
    assert done.returncode == REFUSED and "no answer" in done.stderr
