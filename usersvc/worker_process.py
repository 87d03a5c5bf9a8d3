"""The process that does jobs beside those that answer, started again whenever it ends by itself."""

import logging
import os
import signal
import subprocess  # nosec B404 # it starts our own manage.py
import sys
import threading
from ctypes import CDLL

from django.conf import settings

BETWEEN_STARTS = 2.0  # seconds
PATIENCE = 10.0  # seconds: what a worker needs to put its job back
PR_SET_PDEATHSIG = 1

log = logging.getLogger(__name__)


class WorkerProcess:
    """manage.py work, or another command, for as long as its parent lives."""

    def __init__(self, command: str = "work") -> None:
        self._command = command
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep_running, daemon=True)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and a thread that starts it again."""
        self._process = _launch(self._command)
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Let it take nothing new, and put back what it is doing."""
        self._stop.set()
        if self._process is not None:
            self._process.terminate()

    def stop(self) -> None:
        """End it, and wait until it has put back what it was doing."""
        self.ask_to_stop()
        process = self._process
        if process is None:
            return
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()

    def _keep_running(self) -> None:
        while self._process is not None:
            self._process.wait()
            if self._stop.wait(BETWEEN_STARTS):
                return
            log.warning("the worker ended; another one is started")
            self._process = _launch(self._command)


def _launch(name: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), name]
    return subprocess.Popen(command, preexec_fn=_die_with_parent)  # noqa: S603  # nosec B603


def _die_with_parent() -> None:
    """Let the kernel end this process when its parent is gone, however it went (Linux)."""
    parent = os.getppid()
    CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)
