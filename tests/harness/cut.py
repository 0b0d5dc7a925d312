"""A relay between programs and PostgreSQL that knows where a message ends: it cuts, or answers otherwise, at a chosen one."""
import socket
import struct
import threading

from harness.process import new_directory

def error(severity, state, message):
    body = f"S{severity}\0V{severity}\0C{state}\0M{message}\0\0".encode()
    return b"E" + struct.pack("!I", len(body) + 4) + body


PANIC = error("PANIC", "53100", "could not write to file \"pg_wal/xlogtemp\": No space left on device")


def any_message(kind, body):
    return True


class Relay:
    """Listens on a socket of its own, and counts the messages of the server that are meant."""

    def __init__(self, database):
        self.target = f"{database.directory}/.s.PGSQL.5432"
        self.directory = new_directory("sclt-cut-")
        self.directory.chmod(0o777)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(f"{self.directory}/.s.PGSQL.5432")
        (self.directory / ".s.PGSQL.5432").chmod(0o777)
        self.listener.listen(16)
        self.lock, self.messages, self.refusing = threading.Lock(), 0, False
        self.begin()
        threading.Thread(target=self.accept, daemon=True).start()

    def begin(self, cut_at=None, which=any_message, for_good=False, last_words=b""):
        """
        Cuts the connection instead of the message of that number, from 1 on, of those that are meant, over all connections.
        for_good: later connections are refused. last_words: what the server says before.
        """
        self.cut_at, self.which, self.for_good, self.last_words = cut_at, which, for_good, last_words
        self.messages, self.refusing, self.happened = 0, False, False

    def conninfo(self, database, user="scimlet"):
        return database.conninfo(user).replace(f"host={database.directory}", f"host={self.directory}")

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if self.refusing:
                client.close()
                continue
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.target)
            threading.Thread(target=self.upstream, args=(client, server), daemon=True).start()
            threading.Thread(target=self.downstream, args=(client, server), daemon=True).start()

    def upstream(self, client, server):
        try:
            while data := client.recv(65536):
                server.sendall(data)
        except OSError:
            pass
        self.close(client, server)

    def downstream(self, client, server):
        stream = server.makefile("rb")
        try:
            while head := stream.read(5):
                body = stream.read(struct.unpack("!I", head[1:])[0] - 4)
                if not self.passes(client, head[:1], body):
                    break
                client.sendall(head + body)
        except (OSError, struct.error):
            pass
        self.close(client, server)

    def passes(self, client, kind, body):
        with self.lock:
            if self.refusing or self.which(kind, body) and self.is_the_one():
                client.sendall(self.last_words)
                return False
            return True

    def is_the_one(self):
        self.messages += 1
        if self.messages != self.cut_at:
            return False
        self.happened, self.refusing = True, self.for_good
        return True

    @staticmethod
    def close(*sockets):
        for one in sockets:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass    # the other thread did it

    def stop(self):
        self.listener.close()
