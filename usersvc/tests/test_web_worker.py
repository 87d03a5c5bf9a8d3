"""A signal that meets a web process at a bad moment ends it all the same."""

import signal
import subprocess
import sys

import pytest

from .serving import PATIENCE, ROOT, free_port, kept

pytestmark = pytest.mark.once
# Each new process meets the signal; the first that ends ends the service.
BEGINNING = """
import os
import signal
from usersvc.gunicorn import *
from usersvc.metrics import reserve

def child_exit(server, worker):
    os.kill(server.pid, signal.SIGTERM)
"""
BEFORE_IT_HEEDS_ANY = """
def post_fork(server, worker):
    reserve()
    os.kill(os.getpid(), {number})
"""
WHILE_IT_GIVES_A_REQUEST_TO_A_THREAD = """
def post_worker_init(worker):
    with worker.tpool._shutdown_lock:
        os.kill(os.getpid(), {number})
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT, signal.SIGTERM])
@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(BEFORE_IT_HEEDS_ANY, id="before it heeds any"),
        pytest.param(WHILE_IT_GIVES_A_REQUEST_TO_A_THREAD, id="while it holds a lock"),
    ],
)
def test_a_signal_at_a_bad_moment_is_heeded(tmp_path, moment, number):
    (tmp_path / "gunicorn.py").write_text(BEGINNING + moment.format(number=int(number)))
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn", "-c", str(tmp_path / "gunicorn.py")],
        cwd=ROOT,
        env={**kept(), "USERSVC_DATA": str(tmp_path), "PORT": str(free_port())},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
