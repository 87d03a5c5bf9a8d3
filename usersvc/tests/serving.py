"""The real service, in processes of its own, for tests that look at it from outside."""

import atexit
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

ROOT = Path(__file__).resolve().parents[2]
LAST_LINE = "Ctrl-C stops it."
PATIENCE = 120  # seconds until something that hangs is a failure; nothing waits that long


class Place:
    """A data folder, and a database of the kind that this run is about."""

    def __init__(self, folder, server):
        self.folder, self.server = folder, server
        self.is_postgres = self.server.startswith("postgres")
        self.name = f"service_{secrets.token_hex(8)}"

    @property
    def settings(self):
        own = {"USERSVC_DATA": str(self.folder)}
        return {**own, "DATABASE_URL": self.address} if self.is_postgres else own

    @property
    def address(self):
        """The address of the database, where a server holds it."""
        return urlunsplit(urlsplit(self.server)._replace(path=f"/{self.name}"))

    @property
    def file(self):
        """The database, where a file holds it."""
        return self.folder / "usersvc.sqlite3"

    def create(self):
        if self.is_postgres:
            self._on_server(f"CREATE DATABASE {self.name}")

    def copy(self, other):
        """Create the database as a copy of another place's, which nobody is using."""
        if self.is_postgres:
            self._on_server(f"CREATE DATABASE {self.name} TEMPLATE {other.name}")
        else:
            shutil.copy(other.file, self.file)

    def drop(self):
        if self.is_postgres:
            self._on_server(f"DROP DATABASE {self.name} WITH (FORCE)")

    def _on_server(self, statement):
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(statement)

    def rows(self, query):
        """Ask the database, behind the service's back."""
        if self.is_postgres:
            with psycopg.connect(self.address) as connection:
                return connection.execute(query).fetchall()
        with closing(sqlite3.connect(self.file)) as connection:
            return connection.execute(query).fetchall()

    def execute(self, statement):
        """Change the database, behind the service's back."""
        if self.is_postgres:
            with psycopg.connect(self.address) as connection:
                connection.execute(statement)
            return
        with closing(sqlite3.connect(self.file)) as connection:
            connection.execute(statement)
            connection.commit()


@contextmanager
def place(folder):
    """Give a place whose database is migrated already; a first start is of an empty_place."""
    server = os.environ.get("DATABASE_URL", "")
    here = Place(folder, server)
    here.copy(_migrated(server))
    try:
        yield here
    finally:
        here.drop()


@contextmanager
def empty_place(folder):
    """Give a place whose database is empty."""
    here = Place(folder, os.environ.get("DATABASE_URL", ""))
    here.create()
    try:
        yield here
    finally:
        here.drop()


@cache
def _migrated(server):
    """Return a place to be copied, made once a process: migrating takes longer than most tests."""
    folder = Path(tempfile.mkdtemp(prefix="usersvc-migrated-"))
    atexit.register(shutil.rmtree, folder)
    here = Place(folder, server)
    here.create()
    atexit.register(_drop, here)
    done = run("migrate", "-v", "0", **here.settings)
    if done.returncode:
        raise AssertionError(f"It was not migrated:\n{done.stderr}")
    return here


def _drop(here):
    with suppress(psycopg.OperationalError):  # a server that has gone took it along
        here.drop()


class Service:
    """A service that listens; said is what it printed until then."""

    def __init__(self, process, said, port, log):
        self.process, self.said, self.port, self.log = process, said, port, log

    @property
    def address(self):
        return f"http://localhost:{self.port}"

    @property
    def password(self):
        return self.value("password").split()[0]

    @property
    def curl_lines(self):
        return [line for line in self.said.splitlines() if line.startswith(("TOKEN=", "curl "))]

    def value(self, label):
        """Return what the greeting says beside a label."""
        line = next(line for line in self.said.splitlines() if line.split()[:1] == [label])
        return line.split(label, 1)[1].strip()

    def workers(self):
        pid = self.process.pid
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()

    def stop(self, number=signal.SIGINT):
        """Send a signal and return the exit code, and everything said on the way out."""
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, rest + self.log.read_text()


@contextmanager
def serving(here, **settings):
    """Start `manage.py serve` and wait until it listens."""
    service = None
    while service is None:  # another program may have taken the port that was free just now
        service = _start(here, settings)
    try:
        yield service
    finally:
        if service.process.poll() is None:
            service.stop()
        service.process.stdout.close()


def _start(here, settings):
    port, log = free_port(), here.folder / "log"
    process = launch(here, PORT=port, stderr=log.open("w"), **settings)
    said = ""
    for line in process.stdout:
        said += line
        if LAST_LINE in line:
            return Service(process, said, port, log)
    process.wait(timeout=PATIENCE)
    if "in use" not in log.read_text():
        raise AssertionError(f"It ended before it listened:\n{said}\n{log.read_text()}")
    return None


def launch(here, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, **settings):
    """Start `manage.py serve` with these settings and none of ours, and do not wait."""
    chosen = {"USERSVC_DEMO_USERS": "200", "USERSVC_STAFF_MFA": "optional", "USERSVC_WORKERS": "0"}
    environment = {**kept(), **chosen, **here.settings, **settings}
    return subprocess.Popen(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env={name: str(value) for name, value in environment.items()},
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


def run(*words, **settings):
    """Run a command of manage.py with these settings and none of ours, and return how it ended."""
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env={name: str(value) for name, value in {**kept(), **settings}.items()},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def kept():
    """Return what a process of the service keeps of the environment of the tests."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
