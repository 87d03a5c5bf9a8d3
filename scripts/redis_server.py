"""A Redis of our own, on a free port of this machine, behind a password, gone afterwards."""
# ruff: noqa: S603  (it runs Redis' own command)

import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

PATIENCE = 30.0
# Read from standard input, where nobody else sees the password; nothing is kept.
CONFIGURATION = """
bind 127.0.0.1
port {port}
requirepass {password}
save ""
appendonly no
dir {folder}
"""


class Redis:
    """A server that can be killed and started again, empty, at the same address."""

    def __init__(self, folder: str) -> None:
        self._port, self._password = _free_port(), secrets.token_urlsafe(24)
        self._folder = folder
        self.address = f"redis://:{self._password}@127.0.0.1:{self._port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it listens."""
        program = shutil.which("redis-server")
        if program is None:
            sys.exit("redis-server is missing: apt-get install redis-server")
        wanted = {"port": self._port, "password": self._password, "folder": self._folder}
        self._process = subprocess.Popen(
            [program, "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us: we stop it in order
        )
        assert self._process.stdin is not None  # noqa: S101
        with self._process.stdin as given:
            given.write(CONFIGURATION.format(**wanted).encode())
        self._wait()

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", self._port)).close()
                return
            except OSError:
                if time.monotonic() > deadline:
                    sys.exit("Redis does not listen.")
                time.sleep(0.05)


@contextmanager
def throwaway() -> Iterator[Redis]:
    """Run a server for the time of the block."""
    with TemporaryDirectory(prefix="usersvc-redis-") as folder:
        redis = Redis(folder)
        redis.start()
        try:
            yield redis
        finally:
            redis.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
