"""Virtual environments of the checkout: made once, what is locked installed once."""
# ruff: noqa: S603, T201  (it runs system commands and talks to a terminal; that is its work)

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import foreground

OLDEST = "import pip, sys; assert sys.version_info >= (3, 11); print(sys.version)"
NEWEST = "3.13"
# What is there may lack them, have no wheels (3.13t), or be a shim of pyenv that runs nothing.
WHOLE = "import ctypes, ensurepip, sqlite3, ssl, sys"
WHOLE += "; print(*sys.version_info[:2], sep='.', end=sys.abiflags)"
PIP_INSTALL = ["-m", "pip", "install", "-qq", "--disable-pip-version-check", "--require-hashes"]
UV_INSTALL = ["-m", "uv", "pip", "install", "-q", "--require-hashes"]


@dataclass(frozen=True)
class Venv:
    """A virtual environment beside the files of what is locked, and the Python to make it with.

    Its own pip installs in it; where another one is there already, the uv of that one, which takes
    seconds.
    """

    folder: Path
    base: str = sys.executable
    first: "Venv | None" = None

    @property
    def python(self) -> Path:
        """Its Python."""
        return self.folder / "bin" / "python"

    def version(self) -> str:
        """Return the version of its Python, or nothing where it is absent, broken or too old."""
        return _answer(self.python, OLDEST)

    def make(self) -> None:
        """Make it, unless it is there."""
        if not self.version():
            print(f"Making {self.folder.name} …", flush=True)
            foreground.run_or_exit([self.base, "-m", "venv", "--clear", str(self.folder)])

    def install(self, name: str, *options: str) -> None:
        """Install what a file locks, unless it was the last one of this name."""
        with self.once(name) as is_new:
            if is_new:
                file = str(self.folder.parent / name)
                foreground.run_or_exit([*self._installer(), *options, "-r", file])

    def _installer(self) -> list[str]:
        if self.first:
            return [str(self.first.python), *UV_INSTALL, "--python", str(self.python)]
        return [str(self.python), *PIP_INSTALL]

    @contextmanager
    def once(self, name: str) -> Iterator[bool]:
        """Tell whether a file of what to install is another than was installed last."""
        stamp = self.folder / f"{name.replace('/', '-')}.installed"
        content = (self.folder.parent / name).read_bytes() + self.version().encode()
        installed = hashlib.sha256(content).hexdigest()
        is_new = not stamp.exists() or stamp.read_text() != installed
        if is_new:
            print(f"Installing {name} in {self.folder.name} …", flush=True)
        yield is_new
        stamp.write_text(installed)


def newest_python() -> str | None:
    """Return a Python of the newest version that the suite runs on, if one is present."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    name = f"python{NEWEST}"
    built = sorted(pyenv.glob(f"versions/{NEWEST}.*/bin/{name}"), reverse=True)
    found = [path for path in (shutil.which(name), *map(str, built)) if path]
    return next((path for path in found if _answer(path, WHOLE) == NEWEST), None)


def _answer(python: str | Path, code: str) -> str:
    """Return what a Python prints, or nothing where it is absent or fails."""
    try:
        answer = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return answer.stdout if answer.returncode == 0 else ""
