"""A private PostgreSQL on a unix socket, made by `scimlet init`."""
import functools
import os
import shutil
import signal
import subprocess

from harness.process import Server, new_directory, tail, wait_until, without_root
from harness.settings import BUILD, client, postgres_bin

SUPERUSER = "scimlet"
DATABASE = "scimlet"


@functools.cache
def programs():
    """postgres_bin(), or a copy where the servers' user, who is not root, has no way to it."""
    original = postgres_bin()
    if subprocess.run(without_root(["test", "-x", original / "postgres"]), check=False).returncode == 0:
        return original
    # The whole of it: libraries and extensions lie beside the programs.
    copy = new_directory("sclt-bin-") / original.parent.name
    shutil.copytree(original.parent, copy, symlinks=True)
    subprocess.run(["chmod", "-R", "a+rX", copy], check=True)
    return copy / original.name


@functools.cache
def fresh_data():
    """What initdb makes, once for all clusters of this process."""
    data = new_directory("sclt-initdb-") / "data"
    subprocess.run(without_root([programs() / "initdb", "-D", data, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
                                 "--no-sync"]), check=True, stdout=subprocess.DEVNULL, cwd="/")
    return data


class Postgres:
    """One cluster. Crash safety is off (fsync) unless a test is about it."""

    surroundings = None     # environment variables of the server

    def __init__(self, crash_safe=False, options=()):
        self.directory = new_directory("sclt-pg-")
        self.data = self.directory / "data"
        self.log = self.directory / "postgres.log"
        self.options = ["-k", str(self.directory), "-c", "listen_addresses=",
                        "-c", "shared_preload_libraries=pg_stat_statements",
                        "-c", f"fsync={'on' if crash_safe else 'off'}",
                        "-c", "shared_buffers=32MB", *options]
        self.server = None
        subprocess.run(without_root(["cp", "-a", fresh_data(), self.data]), check=True, cwd="/")

    def start(self):
        command = [programs() / "postgres", "-D", self.data, *self.options]
        self.server = Server("PostgreSQL", command, self.log, stop_signal=signal.SIGINT,
                             environment=self.surroundings, cwd="/").start()
        wait_until(self.answers, 20, f"PostgreSQL answers:\n{tail(self.log)}")
        return self

    def stop(self, how=signal.SIGINT):
        """SIGINT is pg_ctl's fast mode, SIGQUIT its immediate mode, which is a crash."""
        self.server.stop(how)

    def answers(self):
        self.server.check()
        return subprocess.run([client("pg_isready"), "-q", "-h", self.directory, "-d", "postgres"],
                              env=self.environment("postgres"), check=False).returncode == 0

    def environment(self, database=DATABASE, user=SUPERUSER):
        """libpq's own variables for a DBA's session."""
        return {**{name: value for name, value in os.environ.items() if not name.startswith("PG")},
                "PGHOST": str(self.directory), "PGDATABASE": database, "PGUSER": user, "PGPORT": "5432"}

    def conninfo(self, user=SUPERUSER):
        return f"host={self.directory} dbname={DATABASE} user={user}"

    def sql(self, statement, database=DATABASE, user=SUPERUSER):
        """What a DBA types into psql; rows as lines, columns parted by |."""
        done = subprocess.run([client("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1"], input=statement, text=True,
                              capture_output=True, env=self.environment(database, user), check=False)
        if done.returncode != 0:
            raise AssertionError(f"{statement}\n{done.stderr}")
        return done.stdout.rstrip("\n")

    def backends(self):
        """The server processes that work for the responder, by id."""
        rows = self.sql("SELECT pid FROM pg_stat_activity WHERE usename = 'scim_service'", "postgres")
        return [int(pid) for pid in rows.split()]


def scimlet(*arguments, conninfo, check=True):
    """Run the command line program."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "SCIMLET_"))}
    done = subprocess.run([BUILD / "scimlet", "--dsn", conninfo, *arguments], text=True, capture_output=True,
                          env=environment, check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"scimlet {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done


class Database(Postgres):
    """A cluster with the schema of Scimlet in it."""

    def start(self):
        fresh = self.server is None
        super().start()
        if fresh:
            self.sql(f"CREATE DATABASE {DATABASE}", "postgres")
            self.sql("CREATE EXTENSION pg_stat_statements SCHEMA public")
            self.scimlet("init")
        return self

    def scimlet(self, *arguments, check=True):
        return scimlet(*arguments, conninfo=self.conninfo(), check=check)

    def organization(self, key, **token_options):
        """A new organization and a token of it."""
        self.scimlet("org", "create", key)
        return self.token(key, **token_options)

    def token(self, org, **options):
        flags = [flag for name, value in options.items() for flag in (f"--{name}", value)]
        return self.scimlet("token", "create", org, *flags).stdout.strip()
