"""`make bench`: all benchmarks, one after the other, over one PostgreSQL.

The first word is how many people seeding is timed with; the others go to those that compare a small
directory with a large one.
"""
# ruff: noqa: S603, T201  (it runs our own scripts and talks to a terminal)

import subprocess
import sys
from contextlib import nullcontext

import directories
import foreground
import postgres

OF_DIRECTORIES = ("lists.py", "pages.py", "downloads.py", "ranges.py", "jobs.py")


def main() -> int:
    """Run all, whatever becomes of each; return 1 when one missed a gate."""
    people, *options = sys.argv[1:]
    missed = [_run("seeding.py", people)]
    given = "--postgres" in options
    with nullcontext("") if given else postgres.throwaway(directories.AS_IN_SERVICE) as address:
        if not given:
            options += ["--postgres", address.replace("/postgres?", "/{}?")]
        missed += [_run(script, *options) for script in OF_DIRECTORIES]
    missed += [_run("pdf.py"), _run("sign_ins.py"), _run("imports.py")]
    return int(any(missed))


def _run(script: str, *options: str) -> bool:
    print(f"\n== {script}", flush=True)
    command = [sys.executable, f"benchmarks/{script}", *options]
    return subprocess.run(command, cwd=directories.ROOT, check=False).returncode != 0


if __name__ == "__main__":
    foreground.start(main)
