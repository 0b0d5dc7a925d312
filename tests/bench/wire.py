"""What passes between a responder and PostgreSQL: a relay between them reads along (PostgreSQL 15, chapter 55)."""
import re
import select
import socket
import struct
import threading
from collections import namedtuple

from harness.postgres import DATABASE
from harness.process import hand_over, new_directory

SOCKET_NAME = ".s.PGSQL.5432"       # where libpq looks in a host= that is a folder
Statement = namedtuple("Statement", "sql values")
FRAMING = re.compile(r"\s*(BEGIN|COMMIT|ROLLBACK|SET)\b", re.I)


class Messages:
    """Cuts what a client sends into messages."""

    def __init__(self):
        self.rest, self.begun = b"", False

    def feed(self, data):
        self.rest += data
        while True:
            head = 1 if self.begun else 0       # the first message has no type
            if len(self.rest) < head + 4:
                return
            length = head + struct.unpack_from("!I", self.rest, head)[0]
            if len(self.rest) < length:
                return
            message, self.rest, self.begun = self.rest[:length], self.rest[length:], True
            yield message[:head], message[head + 4:]


def bound_values(content):
    """The statement's name and the parameters in a Bind message."""
    _, name, rest = content.split(b"\0", 2)
    formats, = struct.unpack_from("!H", rest)
    at = 2 + 2 * formats
    count, = struct.unpack_from("!H", rest, at)
    at += 2
    values = []
    for _ in range(count):
        length, = struct.unpack_from("!i", rest, at)
        at += 4
        values.append(None if length < 0 else rest[at:at + length].decode())
        at += max(length, 0)
    return name, values


class Relay:
    """Stands in for PostgreSQL. round_trips and statements are what passed since forget()."""

    def __init__(self, database):
        self.directory = new_directory("sclt-wire-")
        self.target = str(database.directory / SOCKET_NAME)
        self.conninfo = f"host={self.directory} dbname={DATABASE} user=scim_service"
        self.prepared = {}
        self.forget()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.directory / SOCKET_NAME))
        hand_over(self.directory / SOCKET_NAME)
        self.listener.listen(4)
        threading.Thread(target=self.accept, daemon=True).start()

    def forget(self):
        self.round_trips, self.statements, self.client_spoke_last = 0, [], False

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            with client, socket.socket(socket.AF_UNIX) as server:
                server.connect(self.target)
                self.prepared = {}
                self.relay(client, server)

    def relay(self, client, server):
        messages = Messages()
        while True:
            for ready in select.select([client, server], [], [])[0]:
                data = ready.recv(1 << 20)
                if not data:
                    return
                if ready is client:
                    self.client_says(messages.feed(data))
                    server.sendall(data)
                else:
                    self.client_spoke_last = False
                    client.sendall(data)

    def client_says(self, messages):
        if not self.client_spoke_last:
            self.client_spoke_last = True
            self.round_trips += 1
        for kind, content in messages:
            if kind == b"P":
                name, sql, _ = content.split(b"\0", 2)
                self.prepared[name] = sql.decode()
            elif kind == b"B":
                name, values = bound_values(content)
                self.statements.append(Statement(self.prepared[name], values))

    def data_statements(self):
        """Without what frames a transaction."""
        return [statement for statement in self.statements if not FRAMING.match(statement.sql)]
