"""The code of older commits: found in the history, and put into a folder that it can run in."""
# ruff: noqa: S603, S607  (it runs git)

import io
import re
import subprocess
import sys
import tarfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import directories

FIRST_MIGRATIONS = "*/migrations/0001*.py"
NO_HISTORY = "This takes a clone with the whole history: git fetch --unshallow."
OTHER_DJANGO = "{} is of Django {}, which is not here: take a commit of Django {}."
PINNED = re.compile(r"^([\w.-]+)==([\w.]+)[^;\n]*$", re.MULTILINE)


def first_commit() -> str:
    """Return the first commit that had migrations; end where the history does not reach it."""
    found = _git("log", "--reverse", "--format=%h", "--", FIRST_MIGRATIONS).decode().split()
    if not found or _git("rev-parse", "--is-shallow-repository").strip() == b"true":
        sys.exit(NO_HISTORY)
    return found[0]


def check_out(commit: str, folder: Path) -> list[str]:
    """Put the tree of a commit into a folder; return which packages it was locked to otherwise.

    Today's packages run it: it ends where Django is another one, which makes other tables.
    """
    with tarfile.open(fileobj=io.BytesIO(_git("archive", commit))) as archive:
        archive.extractall(folder, filter="data")
    pinned = dict(PINNED.findall((folder / "requirements.txt").read_text()))
    others = [f"{name} {wanted}" for name, wanted in pinned.items() if _installed(name) != wanted]
    if pinned["django"] != version("django"):
        sys.exit(OTHER_DJANGO.format(commit, pinned["django"], version("django")))
    return others


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _git(*words: str) -> bytes:
    done = subprocess.run(["git", *words], cwd=directories.ROOT, capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"{NO_HISTORY} ({done.stderr.decode().strip()})")
    return done.stdout
