"""The render processes: what is in them, and what happens when they end."""

import os
import signal
import subprocess
import sys
import time
from multiprocessing import active_children

import pytest

from exports.printing.pool import Failed, Full, Pool

pytestmark = pytest.mark.once


def never():
    """A check that is content."""


@pytest.fixture
def pool():
    """A pool of two processes for one document, which end with it."""
    pool = Pool(processes=2, documents=1, seconds=60, idle=0)
    yield pool
    with pool.document():
        pass
    pool._end.join()


def is_alive(process):
    """Whether a process is there."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def script(lines, **environment):
    """Return what a Python program prints that has a pool of its own."""
    source = (
        "from exports.printing.pool import Pool\n"
        "pool = Pool(processes=2, documents=1, seconds=60, idle=60)\n"
        f"{lines}"
    )
    return subprocess.run(
        [sys.executable, "-c", source],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_results_come_in_the_order_of_the_tasks(pool):
    tasks = [(number,) for number in range(20)]
    with pool.document():
        assert list(pool.results(abs, tasks, never)) == list(range(20))


def test_tasks_are_taken_only_as_they_are_needed(pool):
    taken = []

    def tasks():
        for number in range(20):
            taken.append(number)
            yield (number,)

    with pool.document():
        results = pool.results(abs, tasks(), never)
        assert next(results) == 0
        assert len(taken) == 3
        results.close()


def test_a_killed_process_fails_its_document_and_the_next_one_works(pool):
    with pool.document(), pytest.raises(Failed, match="ended with code -9"):
        list(pool.results(signal.raise_signal, [(signal.SIGKILL,)], never))
    with pool.document():
        assert list(pool.results(abs, [(-1,)], never)) == [1]


def test_a_crash_does_not_fail_other_documents():
    pool = Pool(processes=2, documents=2, seconds=60, idle=0)
    with pool.document(), pool.document():
        other = pool.results(time.sleep, [(0.3,)] * 6, never)
        next(other)
        with pytest.raises(Failed):
            list(pool.results(signal.raise_signal, [(signal.SIGKILL,)], never))
        assert list(other) == [None] * 5
    pool._end.join()


def test_processes_killed_while_idle_are_replaced(pool):
    with pool.document():
        list(pool.results(abs, [(1,)], never))
        for process in active_children():
            process.kill()
        while pool._pool.active:  # until the library notices, and gives up
            time.sleep(0.01)
        assert list(pool.results(abs, [(-1,)], never)) == [1]


def test_a_task_that_takes_too_long_is_ended():
    # So many documents that the pool is not given up before the task is.
    pool = Pool(processes=1, documents=10_000, seconds=0.2, idle=0)
    with pool.document(), pytest.raises(Failed, match=r"took more than 0\.2 s"):
        list(pool.results(time.sleep, [(600,)], never))
    pool._end.join()


def test_an_error_in_the_work_is_the_error(pool):
    with pool.document(), pytest.raises(ValueError, match="invalid literal"):
        list(pool.results(int, [("x",)], never))


def test_nobody_waits_for_a_place(pool):
    with pool.document(), pytest.raises(Full, match="1 documents"), pool.document():
        pass
    with pool.document():
        pass


def test_processes_end_when_there_has_been_nothing_to_do(pool):
    with pool.document():
        [process] = pool.results(os.getpid, [()], never)
    pool._end.join()
    assert not is_alive(process)


def test_a_render_process_has_neither_django_nor_sockets_of_ours():
    lines = """
import os, socket
listener = socket.create_server(("127.0.0.1", 0))
os.set_inheritable(listener.fileno(), True)
ours = os.readlink(f"/proc/self/fd/{listener.fileno()}")
look = (
    "'django' in __import__('sys').modules",
    "'pikepdf' in __import__('sys').modules",
    f"{ours!r} in str([*map(__import__('os').path.realpath, glob('/proc/self/fd/*'))])".replace(
        "glob(", "__import__('glob').glob("
    ),
)
with pool.document():
    print(*pool.results(eval, zip(look), lambda: None))
"""
    assert script(lines) == "False False False\n"


def test_render_processes_end_with_who_started_them():
    lines = """
import os
with pool.document():
    [process] = pool.results(os.getpid, [()], lambda: None)
print(process, flush=True)
os._exit(0)
"""
    process = int(script(lines))
    while is_alive(process):
        time.sleep(0.01)


def test_without_pango_the_error_names_the_packages(tmp_path):
    (tmp_path / "weasyprint.py").write_text("raise OSError(\"cannot load library 'libpango'\")")
    lines = """
import django
django.setup()
from exports.formats import FORMATS, pdf
from exports.tests.test_pdf import row, sheet
try:
    next(FORMATS["pdf"].write(sheet([row()])))
except pdf.PdfUnavailable as error:
    print(error)
"""
    environment = {"PYTHONPATH": str(tmp_path), "DJANGO_SETTINGS_MODULE": "usersvc.settings"}
    assert script(lines, **environment) == (
        "PDF needs Pango; on Debian: apt install"
        " libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0\n"
    )
