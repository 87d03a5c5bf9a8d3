"""`make test`: sets up, then runs the whole suite on SQLite, on PostgreSQL and in a browser.

The pass on PostgreSQL runs on the newest Python, where one is present. Where the whole suite runs,
it has to run enough of the product (covered.py).
"""
# ruff: noqa: T201  (it talks to a terminal)

import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import covered
import foreground
import postgres
import prepare
from venvs import Venv

EVERYTHING = "not deep"
# In the second pass, what another database changes nothing about is left out.
AGAIN = "not once and not deep"
# One more than there are cores, for many a test waits for a service; each takes half a gigabyte.
PROCESSES = min(8, 1 + (os.cpu_count() or 2))
# A module's tests share what is made for them: a service, or people. conftest.py orders them.
OPTIONS = ["-n", str(PROCESSES), "--dist", "loadfile", "--no-loadscope-reorder"]
PYTEST_INTERRUPTED = 2


def main() -> int:
    """Run both passes; return 0 when both succeeded, and ran enough."""
    os.chdir(prepare.ROOT)
    prepare.prepare_to_test()
    newest = prepare.prepare_to_test_again()
    with TemporaryDirectory(prefix="usersvc-covered-") as folder:
        reports = [Path(folder, "sqlite.json"), Path(folder, "postgres.json")]
        watched = covered.watched(reports[0], covered.PACKAGES)
        first = _pass("SQLite", prepare.VENV, EVERYTHING, watched, {})
        if first in (PYTEST_INTERRUPTED, foreground.INTERRUPTED):
            return first
        with postgres.throwaway() as address:
            watched = covered.watched(reports[1], covered.AGAIN)
            second = _pass("PostgreSQL", newest, AGAIN, watched, {"DATABASE_URL": address})
        if code := first or second:
            return code
        return 0 if sys.argv[1:] or covered.is_enough(reports) else 1


def _pass(
    database: str, venv: Venv, which: str, watched: list[str], settings: dict[str, str]
) -> int:
    """Run the suite with these settings and none of the caller's."""
    python = ".".join(venv.version().split(".")[:2])
    print(f"\n== The suite on {database}, Python {python}", flush=True)
    started = time.monotonic()
    with TemporaryDirectory(prefix="usersvc-test-") as data:
        environment = {**_without_settings(), "USERSVC_DATA": data, **settings}
        arguments = ["-m", "pytest", "-m", which, *OPTIONS, *sys.argv[1:]]
        before = [] if sys.argv[1:] else watched
        code = foreground.run([str(venv.python), *before, *arguments], environment)
    print(f"== {database}: exit code {code} after {time.monotonic() - started:.0f} s", flush=True)
    return code


def _without_settings() -> dict[str, str]:
    ours = ("PORT", "DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS", "TRUSTED_PROXIES", "EMAIL_URL")
    return {
        name: value
        for name, value in os.environ.items()
        if name not in ours and not name.startswith("USERSVC_")
    }


if __name__ == "__main__":
    foreground.start(main)
