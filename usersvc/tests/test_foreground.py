"""A recipe of make ends well, whichever way the interrupt comes."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .serving import PATIENCE, ROOT

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not shutil.which("make"), reason="make is not installed"),
]

MAKEFILE = f"run:\n\t@MAKE_PID=$$PPID exec {sys.executable} recipe.py\n"
RECIPE = f"""
import os, sys
sys.path.insert(0, "{ROOT}/scripts")
import foreground
foreground.start(lambda: foreground.run([sys.executable, "service.py"], dict(os.environ)))
"""
SERVICE = """
import signal, sys, time
told = []
signal.signal(signal.SIGINT, lambda *_: told.append("interrupted"))
print("ready", flush=True)
while not told:
    time.sleep(0.05)
time.sleep(0.5)  # room for a signal too many
print(*told, flush=True)
"""


@pytest.fixture
def start(tmp_path):
    """A function that starts a make of its own session, whose recipe has said that it is ready."""
    for name, text in (("Makefile", MAKEFILE), ("recipe.py", RECIPE), ("service.py", SERVICE)):
        (tmp_path / name).write_text(text)
    started = []

    def start_make():
        process = subprocess.Popen(
            ["make", "run"],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"]},  # not those of a make that runs the tests
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        assert process.stdout.readline() == "ready\n"
        return process

    yield start_make
    for process in started:
        process.terminate()
        process.communicate(timeout=PATIENCE)


@pytest.fixture
def make(start):
    return start()


@pytest.fixture
def background_make(start):
    """The same from a script's background: such a make ignores SIGINT."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return start()
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("send", [os.kill, os.killpg])
def test_one_signal_to_make_or_to_all_interrupts_once_and_ends_as_an_interrupt(make, number, send):
    send(make.pid, number)
    said, _ = make.communicate(timeout=PATIENCE)
    assert said == "interrupted\n"
    assert make.returncode == -signal.SIGINT


@pytest.mark.parametrize("attempt", range(3))
def test_a_make_that_seldom_has_its_turn_ends_as_an_interrupt(make, attempt):
    recipe = int(Path(f"/proc/{make.pid}/task/{make.pid}/children").read_text())
    processor = min(os.sched_getaffinity(recipe))
    for pid in (make.pid, recipe):
        os.sched_setaffinity(pid, {processor})
    os.sched_setscheduler(make.pid, os.SCHED_IDLE, os.sched_param(0))
    make.terminate()
    assert make.communicate(timeout=PATIENCE) == ("interrupted\n", None)
    assert make.returncode == -signal.SIGINT


def test_a_make_that_is_killed_takes_its_recipe_along(make):
    make.kill()
    said, _ = make.communicate(timeout=PATIENCE)
    assert said == "interrupted\n"


def test_a_make_in_the_background_runs_until_it_is_terminated(background_make):
    background_make.send_signal(signal.SIGINT)
    background_make.terminate()
    said, _ = background_make.communicate(timeout=PATIENCE)
    assert said == "interrupted\n"
    assert background_make.returncode == -signal.SIGTERM
