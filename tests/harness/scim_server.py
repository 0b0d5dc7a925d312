"""A SCIM server of a few lines, which can be made to misbehave: for `scimlet pull`."""
import json
import ssl
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MESSAGE = "urn:ietf:params:scim:api:messages:2.0:"


class ScimServer:
    """
    Serves people and groups by startIndex. story(request) may answer instead: it returns None, or (status, headers, body).
    What was asked for is kept in `asked`, with the Authorization header that came.
    """

    def __init__(self, people=(), groups=(), token="secret-token", page=50, story=lambda request: None, certificate=None):
        self.people, self.groups, self.token, self.page, self.story = list(people), list(groups), token, page, story
        self.asked = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.answer(self)

            def log_message(self, *arguments):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.http.socket = context.wrap_socket(self.http.socket, server_side=True)
            self.scheme = "https"
        self.port = self.http.server_address[1]
        self.url = f"{self.scheme}://127.0.0.1:{self.port}/scim/v2"

    def __enter__(self):
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exception):
        self.http.shutdown()
        self.http.server_close()

    def list(self, resources, query):
        start, count = int(query.get("startIndex", ["1"])[0]), int(query.get("count", ["100"])[0])
        some = resources[start - 1:start - 1 + min(count, self.page)]
        return 200, {}, json.dumps({"schemas": [MESSAGE + "ListResponse"], "totalResults": len(resources), "startIndex": start,
                                    "itemsPerPage": len(some), "Resources": some})

    def route(self, path, query):
        if path.endswith("/Users"):
            return self.list(self.people, query)
        if path.endswith("/Groups"):
            return self.list(self.groups, query)
        return 404, {}, json.dumps({"schemas": [MESSAGE + "Error"], "status": "404", "detail": "Nothing is here."})

    def answer(self, request):
        address = urllib.parse.urlsplit(request.path)
        authorization = request.headers.get("Authorization")
        self.asked.append((request.path, authorization))
        answer = self.story(request)
        if answer is None and authorization != f"Bearer {self.token}":
            answer = 401, {}, json.dumps({"schemas": [MESSAGE + "Error"], "status": "401", "detail": f"{authorization} is no good."})
        status, headers, body = answer or self.route(address.path, urllib.parse.parse_qs(address.query))
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Type", "application/scim+json")
        request.send_header("Content-Length", str(len(body.encode())))
        request.end_headers()
        request.wfile.write(body.encode())
