"""Where the responder is mounted: it finds out by itself behind every binding, or is told."""
import shutil

import pytest

from harness.client import Client
from harness.process import hand_over
from harness.web import Lighttpd, Proxy, hand_over_directory


class Mounts(Proxy):
    """One Apache that reaches the responder in every way that people use."""

    name = "mounts"
    modules = ("proxy", "proxy_fcgi", "fcgid")

    def site(self):
        self.shared_hosting()
        database, public_url = self.settings().values()
        return f"""
FcgidIPCDir {self.directory}/ipc
FcgidProcessTableFile {self.directory}/ipc/processes
FcgidInitialEnv SCIMLET_DATABASE "{database}"
FcgidInitialEnv SCIMLET_PUBLIC_URL "{public_url}"
ScriptAlias /alias/v2 {self.program}
ScriptAlias /elsewhere/api {self.program}
<LocationMatch "^/(alias/v2|elsewhere/api|keeps/v2)">
	SetHandler fcgid-script
	Require all granted
</LocationMatch>
<LocationMatch "^/(alias/v2|elsewhere/api|pass/v2|handler/v2|told)">
	CGIPassAuth On
</LocationMatch>
ScriptAlias /keeps/v2 {self.program}
ProxyPass /pass/v2/ unix:{self.socket}|fcgi://{self.directory.name}-pass/
<Location /handler/v2>
	SetHandler "proxy:unix:{self.socket}|fcgi://{self.directory.name}-handler"
</Location>
<Location /told>
	SetHandler "proxy:unix:{self.socket}|fcgi://{self.directory.name}-told"
	SetEnv SCIMLET_BASE /told
</Location>
"""

    def shared_hosting(self):
        """The shipped .htaccess, and the program in the folder beside it."""
        database, public_url = self.settings().values()
        folder = hand_over_directory(self.directory / "htdocs")
        for name in ("scim", "v2"):
            folder = hand_over_directory(folder / name)
        hand_over(shutil.copy(self.program, folder / "scimlet.fcgi"))
        text = (self.shipped / "htaccess").read_text()
        (folder / ".htaccess").write_text(
            f'{text}\nSetEnv SCIMLET_DATABASE "{database}"\nSetEnv SCIMLET_PUBLIC_URL {public_url}\n')


class LighttpdElsewhere(Lighttpd):
    name = "lighttpd-elsewhere"

    def configuration(self):
        text = super().configuration()
        with open(self.directory / "scimlet.d/test.conf", "a", encoding="utf-8") as settings:
            settings.write('var.scimlet_mount := "/api/scim"\n')
        return text

    def answers(self):
        self.server.check()
        return self.error_log.exists() and "server started" in self.log()


@pytest.fixture(scope="module")
def apache(database):
    front = Mounts(database)
    front.start()
    yield front
    front.stop()


@pytest.fixture(scope="module")
def lighttpd(database):
    front = LighttpdElsewhere(database)
    front.start()
    yield front
    front.stop()


def use(front, mount, token, name):
    """Everything whose answer depends on the mount point."""
    url = front.public_url + mount
    client = Client(f"{url}/acme", token)
    assert client.get("/ServiceProviderConfig").json["meta"]["location"] == f"{url}/acme/ServiceProviderConfig"
    person = client.create(name)
    assert person["meta"]["location"] == f"{url}/acme/Users/{person['id']}"
    assert client.get(f"/Users/{person['id']}").json == person
    assert client.get(f"/Users?filter=userName%20eq%20%22{name}%22&count=1").json["totalResults"] == 1
    assert client.patch(f"/Users/{person['id']}", {"op": "add", "path": "title", "value": "x"}).status == 200
    client.get("/Robots").error(404)
    without_org = Client(url, token)
    assert without_org.get("/ServiceProviderConfig").json["meta"]["location"].startswith(url)
    assert without_org.get(f"/Users/{person['id']}").status == 200
    assert without_org.get("/Schemas/urn:ietf:params:scim:schemas:core:2.0:User").status == 200
    assert client.delete(f"/Users/{person['id']}").status == 204
    assert Client(url, None).get("/healthz", check=False).json == {"status": "ok"}


@pytest.mark.parametrize("mount", ["/alias/v2", "/elsewhere/api", "/pass/v2", "/handler/v2", "/told", "/scim/v2"])
def test_apache(apache, tokens, mount):
    use(apache, mount, tokens["acme"], f"mount{mount.replace('/', '-')}")


def test_lighttpd(lighttpd, tokens):
    use(lighttpd, "/api/scim", tokens["acme"], "mount-lighttpd")


def test_apache_that_keeps_the_authorization_header(apache, tokens):
    """Without CGIPassAuth every request is a 401, and only the answer can say why."""
    detail = Client(f"{apache.public_url}/keeps/v2/acme", tokens["acme"]).get("/Users").error(401)
    assert "CGIPassAuth" in detail


def test_an_organization_named_like_an_endpoint(apache, database):
    """Keys are lower case and endpoints are not, but 'v2' and 'scim' are keys like any other."""
    for org in ("v2", "scim", "users"):
        token = database.organization(org)
        person = Client(f"{apache.public_url}/pass/v2/{org}", token).create("somebody")
        assert person["meta"]["location"] == f"{apache.public_url}/pass/v2/{org}/Users/{person['id']}"
